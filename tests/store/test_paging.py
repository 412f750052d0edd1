"""The pages of a search show what its first page saw, whatever is written between them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_world import DEFINITIONS, Reader, basic, opened, patient_reader, query

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search import chaining
from fhirbridge.search.query import PermittedQuery, Query
from fhirbridge.store import earlier
from fhirbridge.store.store import Store
from fhirbridge.store.stored import Page, Stored

WIPE = (
    "resource", "history", "superseded", "hot", "owner", "shown", "relation", "idx_token",
    "idx_reference", "idx_date", "idx_string", "idx_number", "idx_quantity", "idx_uri",
)  # fmt: skip
QUERIES = [
    "",
    "_sort=date",
    "_sort=-date",
    "_sort=name,-date",
    "_sort=-factor,_id",
    "_sort=-_lastUpdated",
    "_sort=_id",
    "_sort=amount",
    "_sort=-url",
    "status=final",
    "code=718-7",
    "code=718-7&_sort=date",
    "patient=p1",
    "patient=p1&_sort=-date",
    "patient=p1&code=718-7&_sort=-date",
    "patient=p1&_sort=name",
    "date=gt2026-01-02&_sort=-status",
    "code-amount=718-7$gt3&_sort=-seen",
    "name:missing=true",
    "note=open",
    "subject:Patient.name=a&_sort=date",
    "patient.name=boris",
]
contents = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["final", "amended", "draft"]),
        "patient": st.sampled_from(["p1", "p1", "p2"]),
    },
    optional={
        "effective": st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03T10:00:00Z", "2026"]),
        "name": st.sampled_from(["Щедрин", "Ёлкин", "Anna"]),
        "note": st.sampled_from(["secret", "open"]),
        "amount": st.sampled_from([{"value": 1}, {"value": 5}]),
        "factor": st.sampled_from([0.5, 2]),
        "url": st.sampled_from(["http://a.example/x", "urn:oid:1.2"]),
    },
)
worlds = st.lists(contents, min_size=4, max_size=9)
changes = st.lists(
    st.tuples(st.sampled_from(["insert", "update", "update", "delete"]), st.integers(0), contents),
    max_size=4,
)
readers = st.sampled_from(["system", "p1"])


def settle(store: Store, world: list[dict[str, Any]]) -> None:
    with store.transaction() as transaction:
        for table in WIPE:
            store.database.execute(f"DELETE FROM {table}")  # noqa: S608
        for id_, name in (("p1", "Anna"), ("p2", "Boris")):
            patient = {"resourceType": "Patient", "id": id_, "name": name}
            transaction.put(patient | {"subject": {"reference": f"Patient/{id_}"}}, now=0)
        for number, content in enumerate(world):
            transaction.put(basic(f"b{number}", **content), now=number)


def write(store: Store, change: tuple[str, int, dict[str, Any]], serial: int) -> None:
    kind, chosen, content = change
    with store.transaction() as transaction:
        ids = [
            id_
            for (id_,) in store.database.connection.rows(
                "SELECT id FROM resource WHERE type = 'Basic' AND NOT deleted ORDER BY row"
            )
        ]
        if kind == "insert" or not ids:
            transaction.put(basic(f"new{serial}", **content), now=1000 + serial)
        elif kind == "update":
            transaction.put(basic(ids[chosen % len(ids)], **content), now=1000 + serial)
        else:
            transaction.delete("Basic", ids[chosen % len(ids)], now=1000 + serial)


def permitted(reader: Reader, asked: Query) -> PermittedQuery:
    """Return the query with its chains read: to what the same reader may see."""
    types = {type_: one.searchable for type_, one in DEFINITIONS.items()}
    hops = (chaining.read(hop, asked.type_, types, lambda *_: None) for hop in asked.hops)
    asked = replace(asked, clauses=(*asked.clauses, *hops), hops=())
    others = dict.fromkeys(DEFINITIONS, reader.visibility)
    return replace(reader.permitted(asked), others=others)


def pages(
    reader: Reader,
    asked: Query,
    between: Callable[[], None],
    ask: Callable[..., Page] | None = None,
) -> Iterator[Page]:
    """Yield page after page, something being done between them."""
    after = None
    while True:
        page = reader.store.search(permitted(reader, replace(asked, after=after)))
        yield page
        if page.after is None:
            return
        after = page.after
        between()


def told(rows: list[Stored]) -> list[tuple[str, int, bytes]]:
    return [(one.id_, one.version, one.body) for one in rows]


def still_visible(store: Store, reader: Reader, rows: list[Stored]) -> list[Stored]:
    """Return the rows that their reader may still see: an owner who lost one does not."""
    if not reader.as_patient:
        return rows
    text = "SELECT row FROM owner WHERE patient = ? AND type = 'Basic'"
    owned = {row for (row,) in store.database.connection.rows(text, ("p1",))}
    return [one for one in rows if one.row in owned]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    world=worlds,
    text=st.sampled_from(QUERIES),
    count=st.integers(1, 3),
    writes=st.lists(changes, max_size=4),
    who=readers,
)
def test_no_row_comes_twice_and_none_is_lost(store, world, text, count, writes, who) -> None:
    settle(store, world)
    reader = Reader(store) if who == "system" else patient_reader(store, who)
    asked = replace(query(text), count=count, total=True)
    start = store.search(permitted(reader, replace(asked, count=100)))
    waiting = iter(writes)
    serial = iter(range(1000))

    def between() -> None:
        for change in next(waiting, ()):
            write(store, change, next(serial))

    seen: list[Stored] = []
    for page in pages(reader, asked, between):
        assert len(page.matches) <= count
        assert page.total == len(start.matches)
        seen += page.matches
    assert len({one.row for one in seen}) == len(seen)
    kept = still_visible(store, reader, start.matches)
    assert told([one for one in seen if one in kept]) == told(kept)
    assert set(seen) <= set(start.matches)


@contextmanager
def elsewhere(store: Store, work: Callable[[Any], None]) -> Iterator[Callable[[], None]]:
    """Do `work` in a transaction of another thread; give what commits it."""
    done, go = threading.Event(), threading.Event()

    def run() -> None:
        with store.transaction() as transaction:
            work(transaction)
            transaction.flush()
            done.set()
            assert go.wait(20)

    thread = threading.Thread(target=run)
    thread.start()
    assert done.wait(20)

    def commit() -> None:
        go.set()
        thread.join()

    try:
        yield commit
    finally:
        commit()


@pytest.mark.parametrize("text", ["_sort=_id", "_sort=-date", "patient=p1", "code=718-7"])
def test_what_was_begun_before_the_first_page_and_committed_after_it_does_not_count(
    store: Store, text: str
) -> None:
    settle(store, [{"effective": f"2026-01-{day:02}"} for day in range(1, 8)])
    reader, asked = Reader(store), replace(query(text), count=2)
    start = store.search(reader.permitted(replace(asked, count=100))).matches

    def work(transaction: Any) -> None:
        transaction.put(basic("b1", effective="2025-06-06", name="changed"), now=50)
        transaction.put(basic("b5", effective="2027-06-06", name="changed"), now=50)
        transaction.delete("Basic", "b3", now=50)
        transaction.put(basic("b33", effective="2026-01-03"), now=50)

    seen: list[Stored] = []
    with elsewhere(store, work) as commit:
        for page in pages(reader, asked, commit):
            seen += page.matches
    assert told(seen) == told(start)
    assert store.database.connection.rows("SELECT version FROM resource WHERE id = 'b1'") == [(2,)]


def test_several_types_page_as_they_began(store: Store) -> None:
    settle(store, [{"effective": f"2026-01-{day:02}"} for day in range(1, 6)])
    reader = Reader(store)
    serial = iter(range(100))

    def between() -> None:
        number = next(serial)
        with store.transaction() as transaction:
            transaction.put(basic(f"b{number}", name=f"changed {number}"), now=60 + number)
            transaction.put(basic(f"a{number}"), now=60 + number)
            transaction.delete("Patient", "p2", now=60)

    for sort in ["", "_sort=-_lastUpdated", "_sort=_id"]:
        both = [query(sort, "Patient"), query(sort, "Basic")]

        def ask(asked: Query, both: list[Query] = both) -> Page:
            like = [replace(one, count=asked.count, after=asked.after, total=True) for one in both]
            return store.search_types([reader.permitted(one) for one in like])

        start = ask(replace(both[0], count=100))
        seen: list[Stored] = []
        page = ask(replace(both[0], count=2))
        while page.after is not None:
            seen += page.matches
            between()
            page = ask(replace(both[0], count=2, after=page.after))
            assert page.total == len(start.matches)
        assert told(seen + page.matches) == told(start.matches)


def test_too_many_changes_are_told_and_not_left_out(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(earlier, "MOST_CHANGED", 2)
    settle(store, [{}] * 6)
    asked = replace(query(""), count=2)
    first = store.search(Reader(store).permitted(asked))
    for number in range(3):
        write(store, ("update", number, {"name": "changed"}), number)
    with pytest.raises(Invalid, match="repeat the search"):
        store.search(Reader(store).permitted(replace(asked, after=first.after)))


def test_a_copy_from_another_cluster_counts_anew(postgres_url: str) -> None:
    store = opened(postgres_url)
    store.migrate()
    settle(store, [{}] * 5)
    # As in a dump that was restored where transactions have smaller numbers.
    store.database.execute("UPDATE ledger SET cluster = 1")
    store.database.execute("UPDATE resource SET changed = 9000000000000")
    with pytest.raises(Exception, match="copy of another"):
        store.check()
    store.migrate()
    store.check()
    seen = [
        one.id_
        for page in pages(Reader(store), replace(query(""), count=2), lambda: None)
        for one in page.matches
    ]
    assert seen == [f"b{number}" for number in range(5)]
    store.close()

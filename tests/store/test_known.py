"""A search whose way is known from one like it answers as one that is planned."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from store_world import Reader, basic, patient_reader, query

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.query import Cursor
from fhirbridge.store.known import Known, outline
from fhirbridge.store.searching import Search
from fhirbridge.store.store import Store
from fhirbridge.store.stored import Page

LINES = ["718-7", "789-8"]
# Of each pair the first is planned; the second has its shape and other values.
ALIKE = [
    ("patient=p1&code=718-7&_sort=-date", "patient=p1&code=789-8&_sort=-date"),
    ("patient=p1&code=http://loinc.org|718-7", "patient=p1&code=http://loinc.org|789-8"),
    ("patient=p1", "patient=p1&_total=accurate"),
    ("code=718-7&status=final&_sort=date", "code=789-8&status=draft&_sort=date"),
    ("patient=p1&date=ge2026-01-03&_sort=date", "patient=p1&date=ge2026-01-05&_sort=date"),
    (
        "patient=p1&date=ge2026-01-02&date=lt2026-01-09",
        "patient=p1&date=ge2026-01-04&date=lt2026-01-06",
    ),
    ("code=718-7&date=gt2026-01-01", "code=789-8&date=gt2026-01-04"),
]
PLANNED = [
    "patient=p1&name=x", "patient=p1&code=718-7,789-8", "patient=p1&code:not=718-7",
    "subject=p1", "_id=b1", "patient=p1&date:missing=true", "patient=p1&_count=0",
]  # fmt: skip


@pytest.fixture
def filled(store: Store) -> Store:
    with store.transaction() as transaction:
        for number in range(24):
            resource = basic(
                f"b{number}",
                f"p{number % 2 + 1}",
                code={"coding": [{"system": "http://loinc.org", "code": LINES[number // 2 % 2]}]},
                status="final" if number % 3 else "draft",
                effective=f"2026-01-{number // 3 + 1:02}T10:00:00+03:00",
                note=[{"text": "for staff"}],
            )
            transaction.put(resource, now=number)
    return store


def readers(store: Store) -> Iterator[Reader]:
    yield Reader(store)
    yield patient_reader(store, "p1")


def pages(search: Search, reader: Reader, text: str, *, sent: bool) -> Iterator[Page]:
    """Yield the pages of three, each by `search`."""
    asked = replace(query(text), count=3)
    with reader.store.database.acting(reader.visibility):
        while True:
            page = search.page(reader.permitted(asked), sent=sent)
            yield page
            if page.after is None:
                return
            asked = replace(asked, after=page.after)


def told(page: Page) -> tuple[object, ...]:
    return [(one.row, one.id_, one.body) for one in page.matches], page.total, page.after


def ids(found: Iterable[Page]) -> list[str]:
    return [one.id_ for page in found for one in page.matches]


def searching(store: Store) -> Search:
    """Return searches of the store that know nothing yet."""
    return Search(store.database, store._types, store._context)  # noqa: SLF001


def known_to(search: Search) -> list[Known]:
    return [one for one in search._ways._known._kept.values() if isinstance(one, Known)]  # noqa: SLF001


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_the_known_way_gives_what_planning_gives(
    filled: Store, first: str, second: str, *, sent: bool
) -> None:
    ways = 0
    for reader in readers(filled):
        search = searching(filled)
        assert list(pages(search, reader, first, sent=sent))
        ways += len(known_to(search))
        for text in (second, first):
            found = [told(page) for page in pages(search, reader, text, sent=sent)]
            planned = [told(page) for page in pages(searching(filled), reader, text, sent=sent)]
            assert found == planned
    assert ways


@pytest.mark.parametrize("text", PLANNED)
def test_what_is_not_one_key_of_a_combination_is_planned_each_time(
    filled: Store, text: str
) -> None:
    for reader in readers(filled):
        search = searching(filled)
        with filled.database.acting(reader.visibility):
            search.page(reader.permitted(query(text)))
        assert known_to(search) == []


def test_a_patient_who_names_another_is_led_nowhere_by_a_known_way(filled: Store) -> None:
    index = filled._types["Basic"]  # noqa: SLF001
    reader = patient_reader(filled, "p1")
    assert outline(index, reader.permitted(query("patient=p2")), sent=True) is None
    assert reader.ids("patient=p2") == []
    assert reader.ids("patient=p1") == reader.ids("") != []


def test_what_is_written_between_pages_is_not_taken_from_the_index(filled: Store) -> None:
    reader, search = patient_reader(filled, "p1"), searching(filled)
    whole = [
        one.id_ for page in pages(search, reader, "code=718-7", sent=True) for one in page.matches
    ]
    begun = pages(search, reader, "code=718-7", sent=True)
    seen = [one.id_ for one in next(begun).matches]
    with filled.transaction() as transaction:
        for id_ in whole:
            transaction.put(basic(id_, "p1", effective="2020-01-01"), now=99)
        transaction.put(basic("new", "p1", effective="2026-01-01"), now=99)
    seen += ids(begun)
    assert sorted(seen) == sorted(whole)


def test_a_cursor_that_is_no_position_in_a_walk_is_refused(filled: Store) -> None:
    reader, search = patient_reader(filled, "p1"), searching(filled)
    list(pages(search, reader, "code=718-7", sent=True))
    asked = replace(query("code=718-7"), after=Cursor(("x",), 1))
    with filled.database.acting(reader.visibility), pytest.raises(Invalid):
        search.page(reader.permitted(asked))


def test_only_what_is_sent_tells_no_version(filled: Store) -> None:
    reader, search = patient_reader(filled, "p1"), searching(filled)
    list(pages(search, reader, "code=718-7", sent=True))
    (page, *_) = pages(search, reader, "code=718-7", sent=True)
    assert {(one.version, one.updated, one.dated) for one in page.matches} == {(0, 0, False)}
    (page, *_) = pages(search, reader, "code=718-7", sent=False)
    assert {(one.version, one.dated) for one in page.matches} == {(1, True)}


def test_a_question_asked_again_sees_what_was_written_since(filled: Store) -> None:
    for number, reader in enumerate(readers(filled)):
        asked = reader.permitted(query("patient=p1&_sort=-date"))
        before = [ids([filled.search(asked)]) for _ in range(3)]
        with filled.transaction() as transaction:
            last = basic(f"new{number}", "p1", effective=f"2026-03-0{number + 1}T10:00:00+03:00")
            transaction.put(last, now=99)
        assert ids([filled.search(asked)]) == [f"new{number}", *before[0]]
        assert before[0] == before[1] == before[2]

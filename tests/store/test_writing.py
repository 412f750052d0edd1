import threading
from collections.abc import Callable

import pytest
from store_world import BASE, Reader, basic, opened, patient_reader

from fhirbridge.fhir.errors import NotFound, PreconditionFailed, Unavailable
from fhirbridge.fhir.instant import from_instant
from fhirbridge.fhir.json import parse
from fhirbridge.search.query import by_id
from fhirbridge.store.connection import Contended
from fhirbridge.store.store import Store
from fhirbridge.store.stored import Lineage, Put, Stored
from fhirbridge.store.writing import ABSENT


def put(store: Store, **more: object) -> Put:
    with store.transaction() as transaction:
        return transaction.put(basic("b1", **more), now=1_000_000)


def read(reader: Reader, id_: str = "b1", type_: str = "Basic") -> Stored | None:
    return reader.store.read(reader.permitted(by_id(type_, id_)))


def test_a_new_resource_has_version_one_and_the_time_it_was_stored(
    store: Store, system: Reader
) -> None:
    assert put(store) == Put("created", 1)
    found = read(system)
    assert found is not None
    meta = parse(found.body)["meta"]
    assert meta["versionId"] == "1" == str(found.version)
    assert from_instant(meta["lastUpdated"]) == found.updated == 1_000_000
    assert list(parse(found.body))[:3] == ["resourceType", "id", "meta"]


def test_the_same_content_makes_no_version_whatever_its_meta_says(
    store: Store, system: Reader
) -> None:
    put(store, meta={"tag": [{"code": "a"}]})
    before = read(system)
    again = put(store, meta={"versionId": "9", "lastUpdated": "x", "tag": [{"code": "a"}]})
    assert again == Put("unchanged", 1)
    assert read(system) == before
    assert put(store, meta={"tag": [{"code": "b"}]}) == Put("updated", 2)


def test_another_content_is_the_next_version_and_the_old_one_stays(
    store: Store, system: Reader
) -> None:
    put(store, status="final")
    assert put(store, status="amended") == Put("updated", 2)
    versions = [store.vread(system.permitted(by_id("Basic", "b1")), n) for n in (1, 2, 3)]
    assert [one and parse(one.body)["status"] for one in versions] == ["final", "amended", None]
    assert system.ids("status=final") == []
    assert system.ids("status=amended") == ["b1"]


def test_time_does_not_run_backwards_within_a_resource(store: Store, system: Reader) -> None:
    put(store, status="final")
    with store.transaction() as transaction:
        transaction.put(basic("b1", status="amended"), now=5)
    found = read(system)
    assert found is not None
    assert found.updated == 1_000_000


def test_a_deletion_is_a_version_and_a_later_put_the_one_after(
    store: Store, system: Reader
) -> None:
    put(store)
    with store.transaction() as transaction:
        assert transaction.delete("Basic", "b1", now=2_000_000)
        assert not transaction.delete("Basic", "b1", now=3_000_000)
    gone = read(system)
    assert gone is not None
    assert (gone.deleted, gone.version, gone.body) == (True, 2, b"")
    assert system.ids("") == system.ids("code=718-7") == system.ids("_id=b1") == []
    assert put(store) == Put("created", 3)
    assert system.ids("code=718-7") == ["b1"]
    old = store.vread(system.permitted(by_id("Basic", "b1")), 2)
    assert old is not None
    assert old.deleted


def test_deleting_what_never_was_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound), store.transaction() as transaction:
        transaction.delete("Basic", "b1", now=1)


def test_a_deletion_is_told_to_the_owner_only(store: Store) -> None:
    put(store, status="final")
    with store.transaction() as transaction:
        transaction.delete("Basic", "b1", now=2)
    own = read(patient_reader(store, "p1"))
    assert own is not None
    assert own.deleted
    assert read(patient_reader(store, "p2")) is None


def test_a_write_can_name_the_version_it_expects(store: Store) -> None:
    def write(expected: int) -> Put:
        with store.transaction() as transaction:
            return transaction.put(basic("b1", note=str(expected)), now=1, expected=expected)

    assert write(ABSENT).version == 1
    with pytest.raises(PreconditionFailed):
        write(ABSENT)
    with pytest.raises(PreconditionFailed):
        write(7)
    assert write(1).version == 2


def test_an_unknown_type_is_a_mistake_of_the_program(store: Store) -> None:
    with pytest.raises(KeyError), store.transaction() as transaction:
        transaction.put({"resourceType": "Nothing", "id": "x"}, now=1)


def test_many_are_stored_in_order_and_one_that_comes_twice_twice(
    store: Store, system: Reader
) -> None:
    items = [basic("b2"), basic("b1"), basic("b2", note="later"), basic("b2", note="later")]
    with store.transaction() as transaction:
        puts = transaction.put_all([(one, None) for one in items], now=1)
    assert [one.outcome for one in puts] == ["created", "created", "updated", "unchanged"]
    assert system.ids("") == ["b2", "b1"]
    assert system.ids("note=later") == ["b2"]


@pytest.mark.parametrize("count", [3, 120])
def test_a_batch_of_any_size_is_found_and_replaced(
    store: Store, system: Reader, count: int
) -> None:
    for status in ("final", "amended"):
        with store.transaction() as transaction:
            items = [(basic(f"b{n}", status=status), None) for n in range(count)]
            transaction.put_all(items, now=1)
    assert len(system.ids("status=amended&_count=1000")) == count
    assert system.ids("status=final") == []


def test_nothing_of_a_failed_unit_remains(store: Store, system: Reader) -> None:
    def fail() -> None:
        with store.transaction() as transaction:
            transaction.put(basic("b1"), now=1)
            transaction.cursors.set("lab", "results", "7", now=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert read(system) is None
    assert system.ids("") == []
    assert store.cursors.get("lab", "results") is None


def test_a_search_inside_a_unit_sees_what_it_wrote(store: Store, system: Reader) -> None:
    with store.transaction() as transaction:
        transaction.put(basic("b1"), now=1)
        assert system.ids("code=718-7") == ["b1"]
        transaction.delete("Basic", "b1", now=2)
        assert system.ids("code=718-7") == []


def test_units_do_not_nest(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError), store.transaction():
        pass


def test_a_resource_leads_back_to_its_record(store: Store) -> None:
    with store.transaction() as transaction:
        kept = transaction.records.keep("lab", "results", "k", b"<raw>", 1)
        lineage = Lineage(kept.id, "results.yaml#ab", "tests.csv:HGB")
        transaction.put(basic("b1"), now=1, lineage=lineage)
        transaction.put(basic("b2"), now=1)
        found = transaction.records.find("Basic", "b1")
        assert found is not None
        assert (found[0].body, found[1]) == (b"<raw>", lineage)
        assert transaction.records.find("Basic", "b2") is None
        assert transaction.records.made(kept.id) == [("Basic", "b1")]
        asked = [("Basic", "b1"), ("Basic", "b3"), ("Patient", "b1")]
        assert transaction.records.there(asked) == {("Basic", "b1")}
        assert transaction.records.there([]) == frozenset()


def test_an_unchanged_resource_takes_the_newest_lineage(store: Store) -> None:
    for mapping in ("a#1", "a#2"):
        with store.transaction() as transaction:
            transaction.put(basic("b1"), now=1, lineage=Lineage(1, mapping))
    assert store.database.connection.rows("SELECT mapping FROM lineage") == [("a#2",)]


def together(work: Callable[[int], None], count: int) -> list[BaseException]:
    """Run `work` in `count` threads that start at once and return what they raised."""
    start, errors = threading.Barrier(count), []

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 (told to the test)
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_writers_of_one_id_get_consecutive_versions(store: Store, system: Reader) -> None:
    versions: list[int] = []

    def work(number: int) -> None:
        for turn in range(5):
            note = f"{number}.{turn}"
            versions.append(
                store.run(lambda tx, note=note: tx.put(basic("b1", note=note), now=1)).version
            )

    assert together(work, 4) == []
    assert sorted(versions) == list(range(1, 21))
    found = read(system)
    assert found is not None
    assert found.version == 20
    assert system.ids("code=718-7") == ["b1"]
    assert store.database.connection.rows("SELECT count(*) FROM history") == [(19,)]


def test_writers_that_take_the_same_things_in_turn_all_finish(store: Store, system: Reader) -> None:
    """On PostgreSQL these units deadlock, and the one that is cancelled runs again."""

    def work(number: int) -> None:
        ids = ["b1", "b2", "b3"] if number % 2 else ["b3", "b2", "b1"]
        for turn in range(5):

            def unit(transaction: object, turn: int = turn) -> None:
                for id_ in ids:
                    transaction.put(  # type: ignore[attr-defined]
                        basic(id_, note=f"{number}.{turn}"), now=1
                    )

            store.run(unit)

    assert together(work, 4) == []
    rows = store.database.connection.rows("SELECT version FROM resource ORDER BY id")
    assert rows == [(20,), (20,), (20,)]
    assert sorted(system.ids("code=718-7")) == ["b1", "b2", "b3"]


def test_a_unit_that_keeps_losing_gives_up_politely(store: Store) -> None:
    runs: list[int] = []

    def unit(_: object) -> None:
        runs.append(1)
        raise Contended

    with pytest.raises(Unavailable):
        store.run(unit)
    assert len(runs) > 1
    with pytest.raises(Unavailable), store.transaction():
        raise Contended


def test_another_process_of_the_same_database_sees_the_same(
    store: Store, database_url: str
) -> None:
    put(store)
    other = opened(database_url)
    assert BASE
    assert Reader(other).ids("code=718-7") == ["b1"]
    other.close()


def test_what_is_locked_for_one_by_one_has_a_row_of_its_own_beside_what_comes_at_once(
    store: Store, system: Reader
) -> None:
    put(store)
    several = [f"c{number}" for number in range(5)]
    with store.transaction() as transaction:
        assert transaction.lock(("Basic", "b1"), ("Basic", "a1"), ("Basic", "a2"))
        assert transaction.put(basic("a1"), now=1).outcome == "created"
        made = transaction.put_all([(basic(one), None) for one in several], now=1)
        assert {one.outcome for one in made} == {"created"}
        assert transaction.put(basic("a2"), now=1).outcome == "created"
        assert transaction.put(basic("b1", status="x"), now=1).outcome == "updated"
    assert sorted(system.ids("_count=20")) == ["a1", "a2", "b1", *several]

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from store_world import BASE, DEFINITIONS, ZONE, Reader, basic, opened, patient_reader

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.store.index.kinds import TABLES
from fhirbridge.store.store import Store

ALL = (*TABLES, "hot", "owner", "shown", "context", "relation")


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    for table in ALL:
        rows = store.database.connection.rows(f"SELECT * FROM {table}")  # noqa: S608
        found[table] = sorted(rows, key=repr)
    return found


def filled(store: Store) -> None:
    with store.transaction() as transaction:
        for number in range(7):
            body = basic(f"b{number}", effective="2026-01-05", status="amended", note="n")
            transaction.put(body, now=number)
        transaction.delete("Basic", "b6", now=9)


def test_the_index_computed_anew_is_the_same(store: Store) -> None:
    filled(store)
    before, told = contents(store), list[int]()
    assert store.reindex(told.append) == 6
    assert contents(store) == before
    assert told[-1] == 6


def test_a_lost_index_comes_back(store: Store) -> None:
    filled(store)
    before = contents(store)
    for table in TABLES:
        store.database.execute(f"DELETE FROM {table}")  # noqa: S608
    assert Reader(store).ids("name:missing=true&status=amended") == []
    store.reindex()
    assert contents(store) == before


def test_a_new_zone_takes_effect(store: Store, database_url: str) -> None:
    filled(store)
    other = type(store).open(database_url, DEFINITIONS, ZoneInfo("Asia/Vladivostok"), BASE)
    before = store.database.connection.rows("SELECT min(low) FROM idx_date WHERE low > 1000000")
    assert other.reindex() == 6
    after = other.database.connection.rows("SELECT min(low) FROM idx_date WHERE low > 1000000")
    other.close()
    assert before[0][0] - after[0][0] == 7 * 3600 * 10**6
    assert ZONE.key == "Europe/Moscow"


def test_a_database_of_other_declarations_says_so_until_it_is_indexed_anew(
    store: Store, database_url: str
) -> None:
    filled(store)
    store.check()
    other = type(store).open(database_url, DEFINITIONS, ZoneInfo("Asia/Vladivostok"), BASE)
    other.migrate()  # new tables are no new index
    with pytest.raises(ConfigurationError, match="the index is of other declarations"):
        other.check()
    other.reindex()
    other.check()
    other.close()
    assert not store.is_indexed


def test_a_database_without_resources_is_indexed_by_whoever_comes(
    store: Store, database_url: str
) -> None:
    other = type(store).open(database_url, DEFINITIONS, ZoneInfo("Asia/Vladivostok"), BASE)
    other.migrate()
    other.check()
    other.close()


def test_a_new_rule_of_access_takes_effect(store: Store, database_url: str) -> None:
    filled(store)
    closed = {
        **DEFINITIONS,
        "Basic": replace(DEFINITIONS["Basic"], access=DEFINITIONS["Library"].access),
    }
    other = type(store).open(database_url, closed, ZONE, BASE)
    other.reindex()
    other.close()
    again = opened(database_url)
    assert patient_reader(again, "p1").ids("") == []
    again.close()

"""Prepared resources are stored exactly as `put_all` stores them."""

import pytest
from store_world import BASE, CONTEXT, ZONE

from fhirbridge.resources.registry import definitions
from fhirbridge.store.filling import COLUMNS
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.preparing import prepare
from fhirbridge.store.store import Store

NOW = 1_795_518_000_000_000
TYPES = {type_: TypeIndex(one, definitions()) for type_, one in definitions().items()}


@pytest.fixture
def store(database_url):
    opened = Store.open(database_url, definitions(), ZONE, BASE)
    opened.migrate()
    yield opened
    opened.close()


def observation(id_, patient="A", value=1):
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-01-02",
        "valueQuantity": {"value": value, "unit": "g/L"},
    }


def put_prepared(store, *resources, now=NOW):
    prepared = [prepare(TYPES[one["resourceType"]], one, CONTEXT, now) for one in resources]
    return store.run(lambda tx: tx.put_prepared(prepared, now=now))


def content(store):
    tables = {"resource": "row, type, id, version, updated, hash, body, shown"}
    tables |= {table: ", ".join(names) for table, names in COLUMNS.items()}
    return {
        table: sorted(map(repr, store.database.connection.rows(f"SELECT {names} FROM {table}")))  # noqa: S608
        for table, names in tables.items()
    }


def test_prepared_resources_leave_the_same_rows_as_plain_ones(store):
    inside = [{"resourceType": "Patient", "id": "p", "name": [{"family": "Ivanova"}]}]
    around = {**observation("d"), "subject": {"reference": "#p"}, "contained": inside}
    some = [observation("a"), observation("b", value=2), observation("c", "B"), around]
    put_prepared(store, *some)
    prepared = content(store)
    for table in prepared:
        store.database.execute(f"DELETE FROM {table}")  # noqa: S608
    store.run(lambda tx: tx.put_all([(one, None) for one in some], now=NOW))
    plain = content(store)
    assert {table: len(rows) for table, rows in plain.items()} == {
        table: len(rows) for table, rows in prepared.items()
    }
    if store.database.address.path is not None:  # only SQLite counts rows from one again
        assert plain == prepared


def test_what_exists_is_unchanged_or_gets_a_new_version(store):
    put_prepared(store, observation("a"), observation("b"))
    puts = put_prepared(store, observation("a"), observation("b", value=7), observation("c"))
    assert [(one.outcome, one.version) for one in puts] == [
        ("unchanged", 1),
        ("updated", 2),
        ("created", 1),
    ]


def test_one_that_comes_twice_is_stored_in_order(store):
    puts = put_prepared(store, observation("a"), observation("a", value=9))
    assert [one.outcome for one in puts] == ["created", "updated"]
    ((body,),) = store.database.connection.rows("SELECT body FROM resource WHERE id = 'a'")
    assert b'"value":9' in body


def test_a_deleted_resource_is_created_again(store):
    put_prepared(store, observation("a"))
    store.run(lambda tx: tx.delete("Observation", "a", now=NOW))
    (put,) = put_prepared(store, observation("a"))
    assert (put.outcome, put.version) == ("created", 3)

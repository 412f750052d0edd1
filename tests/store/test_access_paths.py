"""How SQLite finds rows: never by going through all that a parameter has, for each of many rows.

Its plans do not depend on what the tables hold, so they are the same here as over millions.
"""

import re
from itertools import product
from urllib.parse import parse_qsl

import pytest
from store_world import BASE, CONTEXT, ZONE

from fhirbridge.resources.registry import definitions
from fhirbridge.search.include import Include
from fhirbridge.search.query import PermittedQuery, Visibility
from fhirbridge.search.understand import understand
from fhirbridge.store.audit.concerned import concerned
from fhirbridge.store.sqlite import SqliteConnection
from fhirbridge.store.store import Store

NOW = 1_795_518_000_000_000
WINDOW = (NOW, NOW + 1)
READERS = {
    "system": Visibility(everything=True),
    "practitioner": Visibility(practitioner="d", window=WINDOW),
    "practitioner at any time": Visibility(practitioner="d"),
    "patient": Visibility(patient="a"),
}
SEARCHES = (
    "Observation?status=final&_sort=-date",
    "Observation?code=718-7&value-quantity=5&_sort=-date",
    "Observation?category=laboratory&date=ge2026",
    "Observation?combo-code-value-quantity=718-7$gt5",
    "Observation?performer:missing=true",
    "Observation?patient=a&category=laboratory&_sort=-date",
    "Observation?subject:Patient.name=ivan&status=final",
    "Observation?status=final&_sort=combo-code,-value-quantity",
    "Patient?_has:Observation:patient:code=718-7",
    "Patient?name=ivan&_has:Observation:patient:code=718-7&_sort=birthdate",
    "DiagnosticReport?result.code=718-7&_sort=-date",
    "Slot?schedule=s&status=free&start=ge2026",
    "Appointment?date=ge2026&patient=a",
)
THROUGH = re.compile(r"(?:SCAN \w+$|USING PRIMARY KEY \(param=\?\)$)")
# What may be gone through: one row of the ledger, a list in hand, subqueries by their aliases.
SMALL = re.compile(r"SCAN (?:ledger|json_each|[a-z]\d?|\d+-ROW VALUES CLAUSE)\b")
# Is there any row at all? The first one tells.
ANY = "SELECT 1 FROM idx_reference m WHERE m.param = ? ORDER BY m.target LIMIT 1"


@pytest.fixture
def store(sqlite_url):
    opened = Store.open(sqlite_url, definitions(), ZONE, BASE)
    opened.migrate()
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "subject": {"reference": "Patient/a"},
    }
    patient = {"resourceType": "Patient", "id": "a", "name": [{"family": "Ivan"}]}
    opened.run(lambda tx: tx.put_all([(patient, None), (observation, None)], now=NOW))
    yield opened
    opened.close()


@pytest.fixture
def asked(monkeypatch):
    statements = {}
    run = SqliteConnection.rows

    def rows(self, sql, parameters=()):
        statements[sql] = parameters
        return run(self, sql, parameters)

    monkeypatch.setattr(SqliteConnection, "rows", rows)
    return statements


def permitted(text, visibility):
    type_, _, pairs = text.partition("?")
    known = definitions()[type_].searchable
    query = understand(type_, known, parse_qsl(pairs), CONTEXT).query
    others = dict.fromkeys(definitions(), visibility)
    as_patient = visibility.patient is not None
    return PermittedQuery(query, visibility, as_patient, others, reader=visibility)


def steps(store, statements):
    for sql, parameters in list(statements.items()):
        if sql != ANY:
            for *_, step in store.database.connection.rows(f"EXPLAIN QUERY PLAN {sql}", parameters):
                yield sql, step


def bad(store, statements):
    found = steps(store, statements)
    return [one for one in found if THROUGH.search(one[1]) and not SMALL.match(one[1])]


@pytest.mark.parametrize(("reader", "text"), list(product(READERS, SEARCHES)))
def test_a_search_finds_rows_by_their_values_or_one_by_one(store, asked, reader, text):
    store.search(permitted(text, READERS[reader]))
    assert bad(store, asked) == []


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("reverse", [False, True])
def test_what_is_included_is_found_by_the_rows_in_hand(store, asked, reader, reverse):
    visibility = READERS[reader]
    observations = permitted("Observation?code=718-7", visibility)
    patients = permitted("Patient?name=ivan", visibility)
    parameter = definitions()["Observation"].searchable["patient"]
    system = READERS["system"]
    start = permitted("Patient?name=ivan" if reverse else "Observation?code=718-7", system)
    matches = store.search(start).matches
    assert matches
    include = Include("Observation", parameter, reverse=reverse)
    types = {"Observation": observations, "Patient": patients}
    store.include(matches, [include], types, 100)
    assert bad(store, asked) == []


def test_whom_resources_concern_is_found_by_their_rows(store, asked):
    found = concerned(store.database.connection, ["Observation/o", "Patient/a"])
    assert found["Observation/o"] == {"a"}
    assert bad(store, asked) == []

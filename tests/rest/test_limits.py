"""Every limit is a setting, and past it is an OperationOutcome that says so."""

import psycopg
import pytest
from rest_clinic import RESOURCES, an_empty_clinic, fill

from fhirbridge.fhir import json

FHIR = "application/fhir+json"
LIMITS = {
    "max_body": 4000,
    "max_depth": 6,
    "max_count": 3,
    "default_count": 2,
    "max_chain": 1,
    "max_parameters": 3,
    "max_values": 4,
    "max_included": 2,
    "max_entries": 2,
}
ENTRY = {"request": {"method": "GET", "url": "Patient/A"}}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A clinic in which every limit is low."""
    clinic = an_empty_clinic(f"sqlite:///{tmp_path_factory.mktemp('small')}/small.db", **LIMITS)
    fill(clinic.server.store, clinic.clock, RESOURCES)
    yield clinic
    clinic.server.store.close()


def nested(levels):
    """Return a Patient with that many levels of extensions."""
    inside = {"url": "urn:x", "valueBoolean": True}
    for _ in range(levels):
        inside = {"url": "urn:x", "extension": [inside]}
    return {"resourceType": "Patient", "extension": [inside]}


def bundle(entries):
    return {"resourceType": "Bundle", "type": "batch", "entry": [ENTRY] * entries}


PAST = [
    pytest.param(
        "max_body",
        "Patient",
        {"resourceType": "Patient", "id": "x" * 5000},
        (413, "too-long"),
        "",
        id="x001",
    ),
    pytest.param("max_depth", "Patient", nested(6), (400, "invalid"), "deeply", id="x002"),
    pytest.param(
        "max_chain",
        "Slot?schedule.actor:Practitioner.name=x",
        None,
        (400, "invalid"),
        "1 links",
        id="x003-forwards",
    ),
    pytest.param(
        "max_chain",
        "Practitioner?_has:Schedule:actor:_has:Slot:schedule:status=busy",
        None,
        (400, "invalid"),
        "1 links",
        id="x003-backwards",
    ),
    pytest.param(
        "max_parameters",
        "Patient?" + "&".join(["name=a"] * 4),
        None,
        (400, "invalid"),
        "3 param",
        id="x004",
    ),
    pytest.param(
        "max_values", "Patient?_id=a,b,c,d,e", None, (400, "invalid"), "4 values", id="x005-of-one"
    ),
    pytest.param(
        "max_values",
        "Patient?_id=a,b,c&name=d,e",
        None,
        (400, "invalid"),
        "4 values",
        id="x005-of-all",
    ),
    pytest.param(
        "max_values",
        "Observation?subject:Patient.name=a,b,c,d,e",
        None,
        (400, "invalid"),
        "4 val",
        id="x005-in-a-chain",
    ),
    pytest.param(
        "max_included",
        "Patient?_id=A&_revinclude=Observation:subject",
        None,
        (422, "too-costly"),
        "",
        id="x008",
    ),
    pytest.param("max_entries", "", bundle(3), (413, "too-long"), "2", id="x013"),
]
WITHIN = [
    ("Slot?schedule.identifier=x", None),
    ("Practitioner?_has:Schedule:actor:identifier=x", None),
    ("Patient?name=a&name=b&name=c", None),
    ("Patient?_id=a,b,c,d", None),
    ("Slot?_include=Slot:schedule", None),
    ("", bundle(2)),
]


def asked(clinic, path, body):
    if body is None:
        return clinic.ask(f"/fhir/{path}")
    return clinic.ask(f"/fhir/{path}", "POST", body=json.dump(body), CONTENT_TYPE=FHIR)


@pytest.mark.parametrize(("setting", "path", "body", "expected", "told"), PAST)
def test_past_a_limit_is_an_outcome_that_says_so(small, setting, path, body, expected, told):
    assert setting in LIMITS
    answer = asked(small, path, body)
    assert (answer.status, answer.outcome) == expected
    assert told in answer.json["issue"][0]["diagnostics"]


@pytest.mark.parametrize(("path", "body"), WITHIN)
def test_up_to_a_limit_is_an_answer(small, path, body):
    assert asked(small, path, body).status == 200


def test_x007_a_page_is_never_longer_than_the_limit_and_its_link_says_so(small):
    answer = small.ask("/fhir/Observation?_count=500")
    assert len(answer.ids) == 3
    assert "_count=3" in answer.link("self")
    assert len(small.ask("/fhir/Observation").ids) == 2


def test_x006_a_patients_chain_has_two_links_whatever_the_setting(opened, tmp_path):
    clinic = an_empty_clinic(f"sqlite:///{tmp_path}/long.db", max_chain=8)
    three = "/fhir/Observation?subject:Patient.general-practitioner:Practitioner.name=x"
    assert clinic.ask(three).status == 200
    chain = "/fhir/Slot?schedule.actor:Practitioner"
    back = "_has:PractitionerRole:practitioner"
    assert clinic.ask(f"{chain}.{back}:active=true").status == 200
    refused = clinic.ask(f"{chain}.{back}:active=true", token="patient")
    assert (refused.status, refused.outcome) == (400, "invalid")
    assert "2 links" in refused.json["issue"][0]["diagnostics"]
    clinic.server.store.close()


def test_x009_a_statement_that_takes_too_long_is_given_up(postgres_url):
    clinic = an_empty_clinic(postgres_url, statement_timeout=300)
    fill(clinic.server.store, clinic.clock, RESOURCES)
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE resource IN ACCESS EXCLUSIVE MODE")
        answer = clinic.ask("/fhir/Observation?code=718-7")
    assert (answer.status, answer.outcome) == (503, "transient")
    assert answer["Retry-After"]
    assert clinic.ask("/fhir/Observation?code=718-7").status == 200
    clinic.server.store.close()

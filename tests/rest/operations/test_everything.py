"""Patient/$everything: paged, narrowed, and never more than the searches of each type give."""

import pytest
from rest_clinic import observation, resource

from fhirbridge.fhir import json

REPORT = resource(
    "DiagnosticReport",
    "report",
    status="final",
    code={"text": "x"},
    subject={"reference": "Patient/A"},
    effectiveDateTime="2026-11-05",
    performer=[{"reference": "Organization/lab"}],
    result=[{"reference": "Observation/a1"}, {"reference": "Observation/b1"}],
)
DOCUMENT = resource(
    "DocumentReference",
    "document",
    status="current",
    subject={"reference": "Patient/A"},
    date="2026-11-05T10:00:00Z",
    author=[{"reference": "Practitioner/doctor"}],
    content=[{"attachment": {"contentType": "application/pdf", "url": "Binary/pdf"}}],
)
MORE = [REPORT, DOCUMENT, resource("Organization", "lab", name="Лаборатория")]


@pytest.fixture
def filled(fresh):
    fresh.server.store.run(lambda tx: tx.put_all([(one, None) for one in MORE], now=fresh.clock()))
    return fresh


def entries(clinic, path, **more):
    """All entries of all pages, as (type/id, mode)."""
    found = []
    while path:
        answer = clinic.ask(path, **more)
        assert answer.status == 200, answer.body
        found += [
            (f"{e['resource']['resourceType']}/{e['resource']['id']}", e["search"]["mode"])
            for e in answer.json.get("entry", ())
        ]
        path = answer.link("next")
    return found


def matches(clinic, path, **more):
    return {name for name, mode in entries(clinic, path, **more) if mode == "match"}


def union(clinic, token):
    """What the searches of each type give."""
    found = set()
    for type_ in clinic.server.definitions:
        answer = clinic.ask(f"/fhir/Patient/A/{type_}?_count=1000", token=token)
        if answer.status == 200:
            found |= {f"{type_}/{id_}" for id_ in answer.ids}
    return found


@pytest.mark.parametrize("token", ["system", "patient"])
def test_it_is_the_union_of_the_searches(filled, token):
    found = matches(filled, "/fhir/Patient/A/$everything", token=token)
    assert found == union(filled, token)
    assert {"Patient/A", "Observation/a1", "DiagnosticReport/report"} <= found
    assert not any(name.endswith(("/B", "/b1")) for name in found)


@pytest.mark.parametrize("token", ["system", "patient"])
def test_what_is_referred_to_outside_the_compartment_comes_along(filled, token):
    found = entries(filled, "/fhir/Patient/A/$everything", token=token)
    included = {name for name, mode in found if mode == "include"}
    assert included == {"Organization/lab", "Practitioner/doctor", "Binary/pdf"}


def test_pages_hold_everything_once(filled):
    path = "/fhir/Patient/A/$everything"
    whole = [name for name, mode in entries(filled, path) if mode == "match"]
    paged = [name for name, mode in entries(filled, f"{path}?_count=2") if mode == "match"]
    assert sorted(whole) == sorted(paged)
    assert len(set(paged)) == len(paged)


def test_types_can_be_chosen(filled):
    found = matches(filled, "/fhir/Patient/A/$everything?_type=DiagnosticReport,Patient&_count=1")
    assert found == {"DiagnosticReport/report", "Patient/A"}


@pytest.mark.parametrize(
    "query", ["_type=DiagnosticReport&_type=Patient", "_type=Patient,DiagnosticReport"]
)
def test_types_are_chosen_by_one_parameter_or_several(filled, query):
    """https://hl7.org/fhir/R4/patient-operation-everything.html: `_type`, 0..*, commas inside."""
    found = matches(filled, f"/fhir/Patient/A/$everything?{query}")
    assert found == {"DiagnosticReport/report", "Patient/A"}


def test_types_in_the_body_are_a_parameter_each(filled):
    """https://hl7.org/fhir/R4/operations.html#request: a repeated one is a part of its own."""
    listed = [{"name": "_type", "valueCode": one} for one in ("DiagnosticReport", "Patient")]
    body = json.dump({"resourceType": "Parameters", "parameter": listed})
    path = "/fhir/Patient/A/$everything"
    answer = filled.ask(path, "POST", body=body, content_type="application/fhir+json")
    assert sorted(answer.ids) == ["A", "report"]


def test_only_the_types_chosen_are_returned(filled):
    """https://hl7.org/fhir/R4/patient-operation-everything.html: types "in the return"."""
    path = "/fhir/Patient/A/$everything?_type=DiagnosticReport"
    assert entries(filled, path) == [("DiagnosticReport/report", "match")]


def test_types_outside_the_compartment_can_be_chosen_beside_others(filled):
    """https://hl7.org/fhir/R4/patient-operation-everything.html: references come along."""
    path = "/fhir/Patient/A/$everything?_type=DiagnosticReport,DocumentReference,Practitioner"
    assert entries(filled, path) == [
        ("DiagnosticReport/report", "match"),
        ("DocumentReference/document", "match"),
        ("Practitioner/doctor", "include"),
    ]


@pytest.mark.parametrize("name", ["start", "end", "_since"])
def test_a_malformed_moment_is_named_whatever_the_types(filled, name):
    """https://hl7.org/fhir/R4/search.html#errors: the parameter at fault is told."""
    answer = filled.ask(f"/fhir/Patient/A/$everything?_type=Patient&{name}=2026-13")
    assert answer.status == 400
    assert answer.json["issue"][0]["expression"] == [f"http.{name}"]


def test_start_and_end_are_about_care_and_keep_what_has_no_date(filled):
    path = "/fhir/Patient/A/$everything?start=2026-11-03&end=2026-11-04"
    assert matches(filled, path) == {"Patient/A", "Observation/a3", "Observation/a4"}


def test_since_is_about_when_it_was_stored(filled):
    filled.clock.now += 3_600_000_000
    tell = observation("late", "A", day=2)
    filled.server.store.run(lambda tx: tx.put(tell, now=filled.clock()))
    since = "2026-11-24T11:30:00Z"
    assert matches(filled, f"/fhir/Patient/A/$everything?_since={since}") == {"Observation/late"}
    mine = matches(filled, f"/fhir/Patient/A/$everything?_since={since}", token="patient")
    assert mine == {"Observation/late"}


def test_the_type_level_is_for_all_that_may_be_seen(filled):
    everyone = matches(filled, "/fhir/Patient/$everything")
    assert {"Patient/A", "Patient/B", "Observation/a1", "Observation/b1"} <= everyone
    mine = matches(filled, "/fhir/Patient/$everything", token="patient")
    assert mine == matches(filled, "/fhir/Patient/A/$everything", token="patient")


def test_parameters_may_come_in_the_body(filled):
    listed = [{"name": "_type", "valueString": "Patient"}, {"name": "_count", "valueInteger": 5}]
    body = json.dump({"resourceType": "Parameters", "parameter": listed})
    path = "/fhir/Patient/A/$everything"
    answer = filled.ask(path, "POST", body=body, content_type="application/fhir+json")
    assert answer.ids == ["A"]


def test_an_unknown_or_foreign_patient_is_not_found(filled):
    assert filled.ask("/fhir/Patient/nobody/$everything").status == 404
    foreign = filled.ask("/fhir/Patient/B/$everything", token="patient")
    unknown = filled.ask("/fhir/Patient/nobody/$everything", token="patient")
    assert (foreign.status, foreign.body) == (404, unknown.body)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("nonsense=1", 400),
        ("start=x", 400),
        ("_type=Planet", 400),
        ("_type=Slot", 400),
        ("_since=x", 400),
    ],
)
def test_what_cannot_be_answered_is_refused(filled, query, status):
    assert filled.ask(f"/fhir/Patient/A/$everything?{query}").status == status


def test_a_patient_without_context_gets_nothing(filled):
    assert filled.ask("/fhir/Patient/A/$everything", token="lost").status == 404
    assert entries(filled, "/fhir/Patient/$everything", token="lost") == []

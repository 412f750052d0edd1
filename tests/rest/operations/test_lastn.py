import pytest
from rest_clinic import observation

from fhirbridge.fhir import json

LOINC = "http://loinc.org"


def coded(id_, day, *codes, text=None, patient="A"):
    coding = [{"system": LOINC, "code": code} for code in codes]
    code = {name: value for name, value in (("coding", coding), ("text", text)) if value}
    return observation(id_, patient, day=day) | {"code": code}


@pytest.fixture
def filled(fresh):
    some = [
        *(coded(f"n{day}", day, "1-1") for day in range(10, 14)),
        coded("both", 15, "1-1", "2-2"),
        *(coded(f"m{day}", day, "2-2") for day in range(16, 18)),
        coded("other", 12, "3-3"),
        coded("said", 12, text="гемоглобин"),
        coded("said-again", 13, text="гемоглобин"),
        coded("of-b", 20, "9-9", patient="B"),
    ]
    fresh.server.store.run(lambda tx: tx.put_all([(one, None) for one in some], now=fresh.clock()))
    return fresh


def ids(clinic, query, **more):
    answer = clinic.ask(f"/fhir/Observation/$lastn?{query}", **more)
    assert answer.status == 200, answer.body
    assert answer.json["type"] == "searchset"
    return answer.ids


def test_the_newest_of_each_kind_is_returned(filled):
    assert ids(filled, "patient=A") == ["m17", "said-again", "other", "a7"]


def test_codes_that_come_together_are_one_kind(filled):
    assert ids(filled, "patient=A&max=3&code=1-1,2-2") == ["m17", "m16", "both"]


def test_max_says_how_many(filled):
    assert ids(filled, "patient=Patient/A&max=2&code:text=гемоглобин".replace(
        "гемоглобин", "%D0%B3%D0%B5%D0%BC")) == ["said-again", "said"]  # fmt: skip


def test_a_patient_needs_not_be_named_by_a_patient(filled):
    assert "of-b" not in ids(filled, "max=5", token="patient")
    assert ids(filled, "patient=B", token="patient") == []


def test_parameters_in_the_body_are_the_same(filled):
    listed = [{"name": "patient", "valueString": "A"}, {"name": "max", "valuePositiveInt": 2}]
    body = json.dump({"resourceType": "Parameters", "parameter": listed})
    answer = filled.ask(
        "/fhir/Observation/$lastn", "POST", body=body, content_type="application/fhir+json"
    )
    assert answer.ids == ids(filled, "patient=A&max=2")


@pytest.mark.parametrize(
    "query",
    ["", "code=1-1", "patient=A&max=0", "patient=A&max=x", "patient=A&nonsense=1",
     "patient=A&_count=3", "patient=A&max=1&max=2"],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(clinic, query):
    assert clinic.ask(f"/fhir/Observation/$lastn?{query}").status == 400


def test_the_scope_must_cover_searching(clinic):
    assert clinic.ask("/fhir/Observation/$lastn?patient=A", token="reader").status == 403


@pytest.mark.parametrize("name", ["_count", "_sort", "_total", "_summary", "max", "nonsense"])
def test_the_parameter_at_fault_is_named(clinic, name):
    answer = clinic.ask(f"/fhir/Observation/$lastn?patient=A&{name}=x")
    (issue,) = answer.json["issue"]
    assert (answer.status, issue["expression"]) == (400, [f"http.{name}"])
    assert name in issue["diagnostics"]

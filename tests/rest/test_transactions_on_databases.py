"""A transaction does the same on either database, and stores nothing when it fails."""

import threading

import pytest

from fhirbridge.fhir import json

TWIN = {"resourceType": "Patient", "identifier": [{"system": "urn:x", "value": "twin"}]}


def send(clinic, *entries):
    body = json.dump({"resourceType": "Bundle", "type": "transaction", "entry": list(entries)})
    return clinic.ask("/fhir", "POST", body=body, content_type="application/fhir+json")


def entry(method, url, resource=None, **more):
    request = {"method": method, "url": url}
    if "ifNoneExist" in more:
        request["ifNoneExist"] = more.pop("ifNoneExist")
    return {"request": request, **more, **({"resource": resource} if resource else {})}


def cited(reference):
    code = {"text": "x"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"reference": reference},
    }


@pytest.fixture
def clinic_of(opened, database_url):
    return opened(database_url)


def test_all_of_it_or_nothing(clinic_of):
    entries = [
        entry("POST", "Patient", TWIN, ifNoneExist="identifier=urn:x|twin", fullUrl="urn:uuid:a"),
        entry("POST", "Observation", cited("urn:uuid:a")),
        entry("POST", "Observation", cited("Patient?identifier=urn:x|twin")),
        entry("DELETE", "Observation/b1"),
        entry("GET", "Observation?subject:Patient.identifier=urn:x|twin&_summary=count"),
    ]
    failed = send(clinic_of, *entries, entry("GET", "Patient/nobody"))
    assert failed.status == 404
    assert clinic_of.ask("/fhir/Patient?identifier=urn:x|twin").ids == []
    assert clinic_of.ask("/fhir/Observation/b1").status == 200
    done = send(clinic_of, *entries)
    assert done.status == 200, done.body
    statuses = [one["response"]["status"][:3] for one in done.json["entry"]]
    assert statuses == ["201", "201", "201", "204", "200"]
    assert done.json["entry"][4]["resource"]["total"] == 2


def test_twins_in_two_transactions_at_once_are_created_once(clinic_of):
    answers = []

    def one():
        criteria = "identifier=urn:x|twin"
        answers.append(send(clinic_of, entry("POST", "Patient", TWIN, ifNoneExist=criteria)))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {200}
    statuses = sorted(one.json["entry"][0]["response"]["status"][:3] for one in answers)
    assert statuses == ["200", "200", "200", "201"]
    assert len(clinic_of.ask("/fhir/Patient?identifier=urn:x|twin").ids) == 1

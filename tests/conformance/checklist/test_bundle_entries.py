"""Section 6.8 of the checklist: what an entry may hold and what its answer tells."""

import pytest
from rest_clinic import BASE, resource

from fhirbridge.fhir import json

A = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9"


def person(**elements):
    return {"resourceType": "Patient", "name": [{"family": "Смирнов"}], **elements}


def known(value):
    return [{"system": "urn:mrn", "value": value}]


def entry(method, url, content=None, **request):
    found = {"request": {"method": method, "url": url, **request}}
    return found if content is None else {**found, "resource": content}


def send(clinic, type_, *entries, **headers):
    body = json.dump({"resourceType": "Bundle", "type": type_, "entry": list(entries)})
    return clinic.ask("/fhir", "POST", body=body, content_type="application/fhir+json", **headers)


def test_item_076_whoever_finds_it_there_already_is_told_where(fresh):
    once = entry("POST", "Patient", person(identifier=known("76")), ifNoneExist="identifier=76")
    (first,) = send(fresh, "transaction", once).json["entry"]
    (second,) = send(fresh, "transaction", once).json["entry"]
    assert (first["response"]["status"], second["response"]["status"]) == ("201 Created", "200 OK")
    assert second["response"]["location"] == first["response"]["location"]
    body = json.dump(person(identifier=known("76")))
    alone = fresh.ask("/fhir/Patient", "POST", body=body, if_none_exist="identifier=76")
    assert (alone.status, alone["Location"]) == (200, first["response"]["location"])


def test_item_077_whoever_updates_by_criteria_is_told_what(fresh):
    change = entry("PUT", "Patient?identifier=77", person(identifier=known("77")))
    (first,) = send(fresh, "transaction", change).json["entry"]
    change["resource"]["active"] = True
    (second,) = send(fresh, "transaction", change).json["entry"]
    place = first["response"]["location"].removesuffix("/_history/1")
    assert second["response"]["location"] == f"{place}/_history/2"


@pytest.mark.parametrize("type_", ["batch", "transaction"])
def test_item_093_the_time_of_an_answer_is_that_of_the_resource(fresh, type_):
    wanted = [entry("PUT", "Patient/A", person(id="A")), entry("GET", "Patient/A")]
    for answer in send(fresh, type_, *wanted, prefer="return=representation").json["entry"]:
        updated = answer["resource"]["meta"]["lastUpdated"]
        assert answer["response"]["lastModified"] == updated == "2026-11-24T11:00:01.5Z"


@pytest.mark.parametrize(
    "bad",
    [
        entry("POST", "Patient", person(), ifNoneExists="identifier=76"),
        entry("PUT", "Patient/A", person(id="A"), ifmatch='W/"9"'),
        {**entry("POST", "Patient", person()), "fullURL": A},
        entry("POST", "Patient", person(), ifNoneExist=76),
        entry("POST", "Patient", person(), ifNoneExist=""),
    ],
)
def test_item_091_what_is_not_understood_in_an_entry_is_not_passed_over(fresh, bad):
    alone = send(fresh, "transaction", bad)
    assert (alone.status, alone.json["issue"][0]["expression"]) == (400, ["Bundle.entry[0]"])
    refused, other = send(fresh, "batch", bad, entry("GET", "Patient/A")).json["entry"]
    assert (refused["response"]["status"], other["response"]["status"]) == (
        "400 Bad Request",
        "200 OK",
    )
    assert fresh.ask("/fhir/Patient?_summary=count").json["total"] == 2


def test_what_an_entry_may_hold_beside_is_taken(fresh):
    full = {
        **entry("POST", "Patient", person(), ifNoneExist="identifier=none"),
        "fullUrl": A,
        "id": "one",
        "link": [{"relation": "self", "url": f"{BASE}/Patient"}],
        "extension": [{"url": "urn:x", "valueBoolean": True}],
    }
    assert send(fresh, "transaction", full).status == 200


def test_item_074_an_update_in_a_transaction_names_the_id_too(fresh):
    unnamed = entry("PUT", "Patient/A", person())
    assert send(fresh, "transaction", unnamed).status == 400
    assert send(fresh, "transaction", entry("PUT", "Patient/A", person(id="B"))).status == 400
    assert send(fresh, "batch", unnamed).json["entry"][0]["response"]["status"][:3] == "400"
    assert (
        fresh.ask("/fhir/Patient/A").json["name"]
        == resource("Patient", "A", name=[{"family": "Иванов"}])["name"]
    )


def test_item_091_entries_under_another_name_are_not_passed_over(fresh):
    given = {"resourceType": "Bundle", "type": "batch", "entries": [entry("GET", "Patient/A")]}
    answer = fresh.ask("/fhir", "POST", body=json.dump(given), content_type="application/fhir+json")
    assert (answer.status, answer.outcome) == (400, "invalid")

"""Section 6.9 of the checklist, the part on operations, by the number of the item."""

import pytest
from rest_clinic import resource

from fhirbridge.fhir import json
from fhirbridge.rest.operations.table import OPERATIONS

CALLS = {
    "validate": ("Patient/A/$validate", "Patient/$validate"),
    "everything": ("Patient/A/$everything", "Patient/$everything"),
    "lastn": ("Observation/$lastn?patient=A",),
    "meta": ("Patient/A/$meta", "Patient/A/_history/1/$meta", "Patient/$meta", "$meta"),
    "meta-add": ("Patient/A/$meta-add",),
    "meta-delete": ("Patient/A/$meta-delete",),
}


def test_item_101_everything_is_paged_narrowed_and_has_what_it_refers_to(fresh):
    plan = resource(
        "ServiceRequest",
        "order",
        status="active",
        intent="order",
        subject={"reference": "Patient/A"},
        requester={"reference": "Practitioner/doctor"},
        authoredOn="2026-11-03",
    )
    fresh.server.store.run(lambda tx: tx.put(plan, now=fresh.clock()))
    first = fresh.ask("/fhir/Patient/A/$everything?_count=3")
    assert len([e for e in first.json["entry"] if e["search"]["mode"] == "match"]) == 3
    assert fresh.ask(first.link("next")).status == 200
    narrowing = "_type=ServiceRequest,Practitioner&start=2026-11-01"
    narrowed = fresh.ask(f"/fhir/Patient/A/$everything?{narrowing}")
    modes = {e["resource"]["id"]: e["search"]["mode"] for e in narrowed.json["entry"]}
    assert modes == {"order": "match", "doctor": "include"}
    later = "_type=ServiceRequest&end=2026-11-02"
    assert fresh.ask(f"/fhir/Patient/A/$everything?{later}").ids == []
    later = "_type=ServiceRequest&_since=2027-01-01T00:00:00Z"
    assert fresh.ask(f"/fhir/Patient/A/$everything?{later}").ids == []


def test_item_103_every_operation_is_listed_and_answers(clinic):
    statement = clinic.ask("/fhir/metadata").json
    listed = {
        (one["type"], operation["name"])
        for one in statement["rest"][0]["resource"]
        for operation in one.get("operation", ())
    }
    declared = {
        (type_, one.name)
        for type_, definition in clinic.server.definitions.items()
        for one in OPERATIONS
        if one.is_for(type_) and (not one.changes or "update" in definition.interactions)
    }
    assert listed == declared
    assert [one["name"] for one in statement["rest"][0]["operation"]] == ["meta"]
    assert {name for _, name in listed} == CALLS.keys()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_item_103_get_is_for_what_changes_nothing(clinic, operation):
    for path in CALLS[operation.name]:
        answer = clinic.ask(f"/fhir/{path}")
        if operation.changes:
            assert answer.status == 405
        else:
            assert answer.status == 200 or path == "Patient/$validate"
            assert clinic.ask(f"/fhir/{path}", "POST").body == answer.body


@pytest.mark.parametrize(
    "path",
    [
        "$everything",
        "$nonsense",
        "Patient/$nonsense",
        "Patient/A/$nonsense",
        "Patient/$Validate",
        "Patient/A/$EVERYTHING",
        "Observation/a1/$everything",
        "Patient/$lastn",
        "Observation/a1/$lastn",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_item_103_an_unknown_operation_is_not_found(clinic, path, method):
    answer = clinic.ask(f"/fhir/{path}", method)
    assert (answer.status, answer.outcome) == (404, "not-found")
    assert clinic.ask(f"/fhir/{path}", method, token=None).status == 401


def test_item_103_operations_may_be_entries_of_a_batch(clinic):
    entries = [
        {"request": {"method": "GET", "url": url}}
        for url in ("Patient/A/$everything", "Observation/$lastn?patient=A", "Patient/A/$nonsense")
    ]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    answer = clinic.ask(
        "/fhir", "POST", body=json.dump(bundle), content_type="application/fhir+json"
    )
    assert [one["response"]["status"][:3] for one in answer.json["entry"]] == ["200", "200", "404"]

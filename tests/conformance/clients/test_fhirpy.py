"""What the Python client fhirpy (beda.software) does against a running server."""

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound


@pytest.fixture
def client(served):
    return SyncFHIRClient(served.url, authorization=f"Bearer {served.token}")


def test_a_resource_is_created_read_updated_and_deleted(client):
    patient = client.resource("Patient", name=[{"family": "Fhirpy", "given": ["Ольга"]}])
    patient.save()
    assert (patient["id"], patient["meta"]["versionId"]) != ("", None)
    read = client.reference("Patient", patient["id"]).to_resource()
    assert read["name"][0]["given"] == ["Ольга"]
    read["birthDate"] = "1990-02-03"
    read.save()
    assert read["meta"]["versionId"] == "2"
    found = client.resources("Patient").search(family__exact="Fhirpy", birthdate__lt="1991").get()
    assert found["id"] == patient["id"]
    found.delete()
    with pytest.raises(ResourceNotFound):
        client.reference("Patient", patient["id"]).to_resource()


def test_a_search_is_walked_page_by_page_in_order(client):
    search = client.resources("Observation").search(patient="Patient/A").sort("-date").limit(2)
    days = [one["effectiveDateTime"] for one in search]
    assert len(days) == 8
    assert days == sorted(days, reverse=True)
    assert search.first()["id"] == "a7"


def test_a_search_has_includes_chains_and_elements(client):
    search = client.resources("Slot").search(schedule__actor__Practitioner__name="сидоров")
    bundle = search.include("Slot", "schedule").fetch_raw()
    assert [one["search"]["mode"] for one in bundle["entry"]] == ["match", "include"]
    (short,) = client.resources("Patient").search(_id="A").elements("birthDate").fetch()
    assert "name" not in short
    found = client.resources("Patient").has("Observation", "patient", code="718-7").fetch()
    assert {one["id"] for one in found} == {"A", "B"}


def test_conditions_choose_or_create(client):
    identified = {"identifier": [{"system": "urn:fhirpy", "value": "1"}], "active": True}
    search = client.resources("Patient").search(identifier="urn:fhirpy|1")
    first, created = search.update(client.resource("Patient", **identified))
    assert created
    second, created = search.update(client.resource("Patient", **identified, gender="female"))
    assert (second["id"], created) == (first["id"], False)
    client.resource("Patient", **identified).save()
    with pytest.raises(MultipleResourcesFound):
        search.update(client.resource("Patient", **identified))


def test_a_transaction_is_all_or_nothing(client):
    def bundle(subject):
        entries = [
            ("urn:uuid:5b6f0e6e-0000-4000-8000-000000000001", "Patient", {"active": True}),
            ("urn:uuid:5b6f0e6e-0000-4000-8000-000000000002", "Observation", observed(subject)),
        ]
        return client.resource("Bundle", type="transaction", entry=[entry(*one) for one in entries])

    def observed(subject):
        code = {"coding": [{"system": "urn:fhirpy", "code": "transaction"}]}
        return {"status": "final", "code": code, "subject": {"reference": subject}}

    def entry(url, type_, elements):
        asked = {"method": "POST", "url": type_}
        return {"fullUrl": url, "resource": {"resourceType": type_} | elements, "request": asked}

    with pytest.raises((OperationOutcome, MultipleResourcesFound)):
        client.execute("", data=bundle("Patient?name=nobody-is-called-so").serialize())
    search = client.resources("Observation").search(code="urn:fhirpy|transaction")
    assert search.fetch() == []
    whole = bundle("urn:uuid:5b6f0e6e-0000-4000-8000-000000000001").serialize()
    answer = client.execute("", data=whole)
    assert [one["response"]["status"][:3] for one in answer["entry"]] == ["201", "201"]
    (stored,) = search.fetch()
    assert stored["subject"].to_resource()["active"] is True


def test_history_and_errors_come_through(client):
    patient = client.resource("Patient", active=True)
    patient.save()
    patient["active"] = False
    patient.save()
    history = client.execute(f"Patient/{patient['id']}/_history", method="get")
    assert [one["resource"]["meta"]["versionId"] for one in history["entry"]] == ["2", "1"]
    with pytest.raises(OperationOutcome, match="no search parameter"):
        client.resources("Patient").search(nonsense="1").fetch()

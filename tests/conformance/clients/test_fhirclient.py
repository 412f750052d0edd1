"""What the Python client fhirclient (SMART Health IT, R4) does against a running server."""

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.humanname import HumanName
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException, FHIRUnauthorizedException


@pytest.fixture
def server(served):
    client = FHIRClient(settings={"app_id": "tests", "api_base": served.url})
    state = client.state
    state["server"]["auth_type"] = "oauth2"
    state["server"]["auth"] = {"app_id": "tests", "access_token": served.token}
    client.from_state(state)
    assert client.ready
    return client.server


def test_its_models_take_the_capability_statement(server):
    statement = server.capabilityStatement
    assert statement.fhirVersion == "4.0.1"
    assert {"Patient", "Observation"} <= {one.type for one in statement.rest[0].resource}


def test_without_a_token_nobody_reads(served):
    client = FHIRClient(settings={"app_id": "tests", "api_base": served.url})
    with pytest.raises(FHIRUnauthorizedException):
        Patient.read("A", client.server)


def test_its_models_read_what_is_stored(server):
    result = Observation.read("a3", server)
    assert result.valueQuantity.value == pytest.approx(13.3)
    assert result.subject.resolved(Patient).name[0].family == "Иванов"
    assert result.meta.lastUpdated.date.tzinfo is not None


def test_a_resource_is_created_updated_found_and_deleted(server):
    patient = Patient({"active": True})
    patient.name = [HumanName({"family": "Fhirclient", "given": ["Пётр"]})]
    patient = Patient(patient.create(server))
    patient.gender = "male"
    assert patient.update(server)["meta"]["versionId"] == "2"
    search = Patient.where({"family": "fhirclient", "gender": "male"})
    assert [one.id for one in search.perform_resources_iter(server)] == [patient.id]
    patient.delete(server)
    assert list(search.perform_resources_iter(server)) == []


def test_a_search_is_walked_page_by_page(server):
    search = Observation.where({"patient": "Patient/A", "_count": "3", "_sort": "-date"})
    assert [len(page.entry) for page in search.perform_iter(server)] == [3, 3, 2]
    found = [one.id for one in search.perform_resources_iter(server)]
    assert len(set(found)) == 8
    one = Observation.where({"_id": "a1"}).include("subject")
    (both,) = one.perform_iter(server)
    assert [entry.resource.resource_type for entry in both.entry] == ["Observation", "Patient"]


def test_a_transaction_and_a_history_fit_its_models(server):
    asked = {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:fhirclient|1"}
    person = {"resourceType": "Patient", "identifier": [{"system": "urn:fhirclient", "value": "1"}]}
    bundle = {"type": "transaction", "entry": [{"resource": person, "request": asked}]}
    first = Bundle(Bundle(bundle).create(server))
    assert first.entry[0].response.status.startswith("201")
    second = Bundle(Bundle(bundle).create(server))
    assert second.entry[0].response.status.startswith("200")
    place = first.entry[0].response.location.partition("/_history")[0]
    history = Bundle.read_from(f"Patient/{place.rpartition('/')[2]}/_history", server)
    assert [one.response.status[:3] for one in history.entry] == ["201"]
    with pytest.raises(FHIRNotFoundException):
        Patient.read("nobody", server)

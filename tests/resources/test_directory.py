import pytest

from fhirbridge.resources.registry import definitions

META = {"versionId": "3", "lastUpdated": "2026-01-01T00:00:00Z", "source": "urn:onec#1"}

ROOM = {"url": "urn:room", "valueReference": {"reference": "Location/1"}}


def shown(type_, resource):
    return definitions()[type_].access.shown({"resourceType": type_} | resource, None)


@pytest.mark.parametrize("status", ["busy", "busy-unavailable", "busy-tentative"])
def test_a_slot_shows_that_it_is_busy_and_nothing_of_why(status):
    slot = {
        "id": "1",
        "meta": META | {"tag": [{"code": "x"}], "profile": ["urn:p"]},
        "text": {"div": "Ivanov"},
        "identifier": [{"value": "1C-42"}],
        "extension": [
            {"url": "urn:x", "valueReference": {"reference": "Appointment/1"}},
            {"url": "urn:who", "valueString": "Ivanov"},
            ROOM,
        ],
        "schedule": {"reference": "Schedule/1"},
        "status": status,
        "comment": "for Ivanov",
        "overbooked": True,
    }
    assert shown("Slot", slot) == {
        "resourceType": "Slot",
        "id": "1",
        "meta": {"profile": ["urn:p"]},
        "extension": [ROOM],
        "schedule": {"reference": "Schedule/1"},
        "status": "busy",
    }


@pytest.mark.parametrize("status", ["free", "entered-in-error"])
def test_other_statuses_of_a_slot_stay(status):
    assert shown("Slot", {"status": status})["status"] == status


def test_a_practitioner_shows_the_profession_not_the_person():
    role = {"system": "https://c.example/sid/onec/employee", "value": "7"}
    practitioner = {
        "name": [{"family": "Ivanova"}],
        "birthDate": "1970-01-01",
        "_birthDate": {"extension": []},
        "address": [{"city": "Tver"}],
        "photo": [{}],
        "telecom": [
            {"value": "1", "use": "home"},
            {"value": "2", "use": "work"},
            {"value": "3", "use": "mobile"},
            {"value": "4"},
        ],
        "identifier": [
            role,
            {"system": "urn:oid:1.2.643.100.3", "value": "11223344595"},
            {"system": "https://fhir.ru/ig/semd/systems/snils", "value": "11223344595"},
            {"system": "urn:x", "value": "1", "type": {"coding": [{"code": "TAX"}]}},
        ],
        "qualification": [{"code": {"text": "MD"}}],
    }
    assert shown("Practitioner", practitioner) == {
        "resourceType": "Practitioner",
        "name": [{"family": "Ivanova"}],
        "telecom": [{"value": "2", "use": "work"}, {"value": "4"}],
        "identifier": [role],
        "qualification": [{"code": {"text": "MD"}}],
    }


@pytest.mark.parametrize("type_", ["Organization", "Location", "HealthcareService"])
def test_technical_endpoints_are_not_shown(type_):
    assert "endpoint" not in shown(type_, {"endpoint": [{"reference": "Endpoint/1"}]})


def test_a_schedule_of_a_patient_is_nobodys_to_see():
    access = definitions()["Schedule"].access
    assert access.public({"actor": [{"reference": "Practitioner/1"}]})
    assert not access.public({"actor": [{"reference": "Patient/1"}]})
    assert not access.public({"meta": {"security": [{"code": "R"}]}})


def test_a_directory_has_no_owners_and_shows_no_versions():
    for type_ in ("Slot", "Schedule", "Practitioner", "Organization"):
        access = definitions()[type_].access
        assert access.directory
        assert not access.versioned
        assert access.owners({"subject": {"reference": "Patient/1"}}) == set()


def test_terminology_is_shown_whole():
    access = definitions()["ConceptMap"].access
    resource = {"text": {}, "meta": META}
    assert access.directory
    assert access.versioned
    assert access.shown(resource, "a") is resource
    assert access.owners(resource) == set()

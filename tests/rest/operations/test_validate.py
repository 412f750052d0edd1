import pytest
from rest_clinic import observation, resource

from fhirbridge.fhir import json

JSON = {"content_type": "application/fhir+json"}


def post(clinic, path, body, **more):
    return clinic.ask(f"/fhir/{path}", "POST", body=json.dump(body), **JSON, **more)


def issues(answer):
    assert answer.status == 200, answer.body
    assert answer.json["resourceType"] == "OperationOutcome"
    return answer.json["issue"]


def parameters(**given):
    listed = [
        {"name": name, "resource" if isinstance(value, dict) else "valueCode": value}
        for name, value in given.items()
    ]
    return {"resourceType": "Parameters", "parameter": listed}


def well(answer):
    (issue,) = issues(answer)
    return issue["severity"] == "information"


@pytest.mark.parametrize("id_", [{}, {"id": "x"}])
def test_a_valid_resource_is_said_to_be_so(clinic, id_):
    assert well(post(clinic, "Patient/$validate", {"resourceType": "Patient", **id_}))


def test_a_resource_may_come_in_parameters(clinic):
    given = parameters(resource=observation("x", "A"), mode="create")
    assert well(post(clinic, "Observation/$validate", given))


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"status": "wrong"}, "code-invalid", "Observation.status"),
        ({"nonsense": 1}, "structure", "Observation"),
        ({"effectiveDateTime": "2026-02-31"}, "value", "Observation.effectiveDateTime"),
        ({"referenceRange": [{"appliesTo": [{"text": "x"}]}]}, "invariant",
         "Observation.referenceRange[0]"),
        ({"subject": {"reference": "#p"}}, "invariant", "Observation"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_status_200(clinic, change, code, place):
    found = issues(post(clinic, "Observation/$validate", observation("x", "A") | change))
    assert (code, [place]) in [(one["code"], one["expression"]) for one in found]


def test_another_type_than_the_address_says_is_wrong(clinic):
    (issue,) = issues(post(clinic, "Patient/$validate", observation("x", "A")))
    assert issue["severity"] == "error"


def test_a_stored_instance_is_validated_by_get_and_post(clinic):
    assert well(clinic.ask("/fhir/Observation/a1/$validate"))
    assert well(clinic.ask("/fhir/Observation/a1/$validate", "POST"))
    assert clinic.ask("/fhir/Observation/nobody/$validate").status == 404


def test_an_update_must_have_the_id_of_its_address(clinic):
    given = parameters(resource=observation("other", "A"), mode="update")
    (issue,) = issues(post(clinic, "Observation/a1/$validate", given))
    assert issue["severity"] == "error"
    given = parameters(resource=observation("a1", "A"), mode="update")
    assert well(post(clinic, "Observation/a1/$validate", given))


def test_a_delete_needs_no_resource(clinic):
    assert well(clinic.ask("/fhir/Observation/a1/$validate?mode=delete"))


def test_a_mode_that_the_type_does_not_take_is_told(clinic):
    event = {"resourceType": "AuditEvent"}
    found = issues(post(clinic, "AuditEvent/$validate", parameters(resource=event, mode="create")))
    assert "not-supported" in [one["code"] for one in found]


@pytest.mark.parametrize(
    "query",
    ["mode=update", "mode=nonsense", "mode=create", "", "profile=http://x.example", "nonsense=1"],
)
def test_a_call_that_cannot_be_done_is_refused(clinic, query):
    assert clinic.ask(f"/fhir/Patient/$validate?{query}").status == 400


def test_the_base_profile_is_known_and_others_are_not(clinic):
    base = "http://hl7.org/fhir/StructureDefinition/Patient"
    body = {"resourceType": "Patient"}
    assert well(post(clinic, f"Patient/$validate?profile={base}", body))
    assert post(clinic, "Patient/$validate?profile=http://x.example/p", body).status == 400


def test_a_claimed_profile_that_is_not_known_is_a_warning(clinic):
    body = {"resourceType": "Patient", "meta": {"profile": ["http://x.example/p"]}}
    (issue,) = issues(post(clinic, "Patient/$validate", body))
    assert issue["severity"] == "warning"


def test_rights_are_needed(clinic):
    assert clinic.ask("/fhir/Observation/b1/$validate", token="patient").status == 404
    assert clinic.ask("/fhir/Observation/a1/$validate", token="narrow").status == 403
    assert post(clinic, "Patient/$validate", resource("Patient", "x"), token=None).status == 401


def test_nothing_is_stored(fresh):
    before = fresh.server.store.database.connection.rows("SELECT count(*) FROM resource")
    given = parameters(resource={"resourceType": "Patient"}, mode="create")
    assert well(post(fresh, "Patient/$validate", given))
    assert fresh.server.store.database.connection.rows("SELECT count(*) FROM resource") == before

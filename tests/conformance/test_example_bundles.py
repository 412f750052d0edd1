"""Every official example in Bundles and through $validate: what one request takes, all take."""

import zipfile
from pathlib import Path

import pytest
from rest_clinic import an_empty_clinic

from fhirbridge.fhir import json

HERE = Path(__file__).parent
JSON = {"content_type": "application/fhir+json"}
# Written by this server alone.
READ_ONLY = {"AuditEvent", "Provenance"}
# Why: tests/conformance/test_example_searches.py.
REFUSED = {"CodeSystem-v2-0550.json"}
AT_ONCE = 60
with zipfile.ZipFile(HERE / "examples.zip") as archive:
    EXAMPLES = [
        json.parse(archive.read(name))
        for name in sorted(set(archive.namelist()) - REFUSED)
        if name.partition("-")[0] not in READ_ONLY
    ]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    clinic = an_empty_clinic(f"sqlite:///{folder}/bundles.sqlite", max_body=2**23)
    yield clinic
    clinic.server.store.close()


def entry(resource, method):
    place = f"{resource['resourceType']}/{resource['id']}"
    return {
        "fullUrl": f"http://hl7.org/fhir/{place}",
        "resource": resource,
        "request": {
            "method": method,
            "url": place if method == "PUT" else resource["resourceType"],
        },
    }


@pytest.mark.parametrize(
    ("type_", "method"), [("batch", "PUT"), ("transaction", "PUT"), ("transaction", "POST")]
)
def test_every_example_can_be_an_entry(clinic, type_, method):
    for start in range(0, len(EXAMPLES), AT_ONCE):
        part = EXAMPLES[start : start + AT_ONCE]
        entries = [entry(one, method) for one in part]
        body = json.dump({"resourceType": "Bundle", "type": type_, "entry": entries})
        answer = clinic.ask("/fhir", "POST", body=body, **JSON)
        assert answer.status == 200, answer.body[:500]
        for one, told in zip(part, answer.json["entry"], strict=True):
            place = f"/{one['resourceType']}/"
            assert told["response"]["status"][:3] in {"200", "201"}, (one["id"], told)
            assert place in told["response"]["location"]


def test_every_example_is_valid(clinic):
    for one in EXAMPLES:
        path = f"/fhir/{one['resourceType']}/$validate"
        answer = clinic.ask(path, "POST", body=json.dump(one), **JSON)
        severities = {issue["severity"] for issue in answer.json["issue"]}
        assert answer.status == 200
        assert not severities & {"fatal", "error"}, (one["id"], answer.body[:500])

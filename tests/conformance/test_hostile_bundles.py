"""Bundles with one thing wrong in one entry: an OperationOutcome that blames the client, never 5xx.

https://hl7.org/fhir/R4/http.html#trules
"""

from copy import deepcopy

import pytest
from rest_clinic import a_clinic

from fhirbridge.fhir import json

FIRST = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
IDENTIFIED = {"resourceType": "Patient", "identifier": [{"system": "urn:x", "value": "v"}]}
ENTRY = {
    "fullUrl": FIRST,
    "resource": {**IDENTIFIED, "managingOrganization": {"reference": "Organization?name=none"}},
    "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:x|v"},
}
OTHER = {"resource": IDENTIFIED, "request": {"method": "PUT", "url": "Patient?identifier=urn:x|v"}}
PLACES = (
    "fullUrl", "resource", "request", "link", "request.method", "request.url", "request.ifMatch",
    "request.ifNoneExist", "resource.resourceType", "resource.id", "resource.meta",
    "resource.text", "resource.contained", "resource.extension", "resource.identifier",
    "resource.managingOrganization", "resource.managingOrganization.reference", "resource.name",
)  # fmt: skip
JUNK = (
    None, True, 5, "x", "Patient/1", "Patient?name=x", "#x", FIRST, [], [1], ["x"], {}, {"a": 1},
    {"resourceType": "Patient"}, {"reference": 5}, {"reference": "Patient?identifier=urn:x|v"},
    [{"value": 5}], [{"resourceType": ["x"]}], [{"resourceType": "Patient", "contained": [{}]}],
)  # fmt: skip


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    found = a_clinic(f"sqlite:///{tmp_path_factory.mktemp('hostile')}/bundles.sqlite")
    yield found
    found.server.store.close()


def broken(place, junk, method):
    entry = deepcopy(ENTRY)
    if method != "POST":
        entry["request"] = {"method": method, "url": "Patient?identifier=urn:x|v"}
    *path, last = place.split(".")
    holder = entry
    for name in path:
        holder = holder[name]
    holder[last] = junk
    return entry


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_wrong_in_an_entry_is_taken_for_our_own_fault(clinic, place, method):
    for junk in JUNK:
        entries = [broken(place, junk, method), OTHER]
        for type_ in ("transaction", "batch"):
            body = json.dump({"resourceType": "Bundle", "type": type_, "entry": entries})
            answer = clinic.ask("/fhir", "POST", body=body, content_type="application/fhir+json")
            assert answer.status < 500, (junk, type_)
            assert b'"500 ' not in answer.body, (junk, type_)

"""Whom bytes name: only a plain reference to the patient, and nothing else that could be one."""

from typing import Any

import pytest

from fhirbridge.fhir.json import dump
from fhirbridge.store.persons import names_only

OWN = {"reference": "Patient/A"}


def body(**elements: Any) -> bytes:
    return dump({"resourceType": "Observation", "id": "x", **elements})


@pytest.mark.parametrize(
    "elements",
    [
        {"subject": OWN},
        {"subject": OWN, "performer": [OWN, {"reference": "Practitioner/B"}]},
        {"subject": OWN, "note": [{"text": 'the person "reference":"x"'}]},
    ],
)
def test_who_is_named_alone(elements):
    assert names_only(body(**elements), "A")


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"subject": {"reference": "Patient/B"}},
        {"subject": {"reference": "Patient/AB"}},
        {"subject": {"reference": "https://clinic.example/Patient/A"}},
        {"subject": OWN, "performer": [{"reference": "Patient/B"}]},
        {"subject": OWN, "performer": [{"reference": "RelatedPerson/A"}]},
        {"subject": OWN, "performer": [{"reference": "https://x.example/Patient/B"}]},
        {"subject": OWN, "contained": [{"resourceType": "Patient", "id": "A"}]},
        {"subject": {**OWN, "type": "Patient"}},
    ],
)
def test_who_may_not_be_named_alone(elements):
    assert not names_only(body(**elements), "A")

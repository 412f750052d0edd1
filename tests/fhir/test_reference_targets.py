"""References lead where their element lets them."""

import pytest

from fhirbridge.fhir.reference_targets import misleading

OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}


def told(resource):
    issues = list(misleading(resource))
    assert {issue.severity for issue in issues} <= {"warning"}
    return [(issue.code, issue.expression) for issue in issues]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/1"},
        {"reference": "Device/1/_history/2"},
        {"reference": "Group/1", "type": "Group"},
        {"reference": "https://other.example/fhir/Patient/1"},
        {"reference": "https://other.example/files/Scan/1"},
        {"reference": "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9", "type": "Patient"},
        {"type": "http://logical.example/Animal", "display": "Rex"},
        {"identifier": {"value": "1"}},
        {"reference": "Patient?identifier=1"},
    ],
)
def test_a_reference_to_what_the_element_is_for_is_taken(subject):
    assert told({**OBSERVATION, "subject": subject}) == []


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Slot/1"},
        {"reference": "Bogus/1"},
        {"reference": "https://other.example/fhir/Slot/1"},
        {"reference": "Patient/1", "type": "Group"},
        {"type": "Slot", "identifier": {"value": "1"}},
    ],
)
def test_a_reference_to_anything_else_is_told(subject):
    assert told({**OBSERVATION, "subject": subject}) == [("value", ("Observation.subject",))]


def test_lists_backbones_data_types_and_contained_resources_are_looked_into():
    performer = [
        {"reference": "Practitioner/1"},
        {"reference": "Patient/1"},
        {"reference": "Slot/1"},
    ]
    assert told({**OBSERVATION, "performer": performer}) == [
        ("value", ("Observation.performer[2]",))
    ]
    link = {"other": {"reference": "Organization/1"}, "type": "seealso"}
    assert told({"resourceType": "Patient", "link": [link]}) == [
        ("value", ("Patient.link[0].other",))
    ]
    assigned = [{"value": "1", "assigner": {"reference": "Patient/1"}}]
    inner = {"resourceType": "Organization", "id": "o", "identifier": assigned}
    outer = {"resourceType": "Patient", "contained": [inner]}
    outer["managingOrganization"] = {"reference": "#o"}
    assert told(outer) == [("value", ("Patient.contained[0].identifier[0].assigner",))]


def test_what_may_lead_anywhere_may():
    focus = [{"reference": "Slot/1"}]
    assert told({**OBSERVATION, "focus": focus}) == []
    held = [{"url": "urn:x", "valueReference": {"reference": "Slot/1"}}]
    assert told({**OBSERVATION, "extension": held}) == []
    held[0]["valueReference"]["reference"] = "slots/1"
    assert told({**OBSERVATION, "extension": held}) == []  # a relative address of something else

"""Membership of a compartment as one clause."""

import pytest
from searching import CONTEXT

from fhirbridge.search.evaluate import matches
from fhirbridge.search.membership import Membership, in_compartment, members
from fhirbridge.search.query import Query
from fhirbridge.search.reference import Reference

PARAMETERS = {
    "subject": Reference("subject", targets=("Patient", "Device")),
    "performer": Reference("performer", targets=("Practitioner", "Patient")),
    "patient": Reference("patient", "subject|Type=Patient", targets=("Patient",)),
}


def observation(**elements):
    return {"resourceType": "Observation", "id": "o", **elements}


def test_any_of_the_named_parameters_makes_a_member():
    clause = in_compartment("Observation", PARAMETERS, "1")
    assert clause.parameter.indexed == ("performer", "subject")
    query = Query("Observation", (clause,))
    for name, reference, member in [
        ("subject", "Patient/1", True),
        ("performer", "Patient/1", True),
        ("subject", "Patient/2", False),
        ("subject", "Device/1", False),
        ("focus", "Patient/1", False),
    ]:
        found = matches(query, observation(**{name: {"reference": reference}}), CONTEXT)
        assert found is member


def test_one_parameter_stands_for_itself_in_its_narrowest_form():
    clause = in_compartment("DiagnosticReport", PARAMETERS, "1")
    assert clause.parameter is PARAMETERS["patient"]
    alone = {"subject": PARAMETERS["subject"]}
    assert in_compartment("DiagnosticReport", alone, "1").parameter is alone["subject"]


def test_a_patient_is_in_the_own_compartment():
    query = Query("Patient", (in_compartment("Patient", {}, "1"),))
    assert matches(query, {"resourceType": "Patient", "id": "1"}, CONTEXT)
    assert not matches(query, {"resourceType": "Patient", "id": "2"}, CONTEXT)


def test_types_outside_have_no_place_in_it():
    assert "Slot" not in members()
    with pytest.raises(KeyError):
        in_compartment("Slot", {}, "1")
    assert Membership().indexed == ()

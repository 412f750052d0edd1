"""What of an include each kind of principal is given."""

import pytest

from fhirbridge.auth.inclusion import permit_includes
from fhirbridge.auth.principal import SYSTEM, Principal
from fhirbridge.auth.scopes import Scopes
from fhirbridge.fhir.errors import Forbidden, NotSupported
from fhirbridge.resources.registry import definitions
from fhirbridge.search.include import understand_includes

TYPES = {type_: one.searchable for type_, one in definitions().items()}


def patient(scopes):
    return Principal("patient", Scopes.parse(scopes), patient="A")


def permitted(principal, name, value, searched=("Observation",)):
    asked = understand_includes([(name, value)], searched, TYPES)
    return permit_includes(asked, definitions(), principal)


def test_nothing_asked_is_nothing_permitted():
    assert permit_includes((), definitions(), SYSTEM).includes == ()


def test_a_system_follows_what_its_scopes_cover():
    found = permitted(SYSTEM, "_include", "Observation:subject")
    assert len(found.includes) == 1
    assert found.types["Patient"].visibility.everything
    narrow = Principal("system", Scopes.parse("system/Observation.rs"))
    with pytest.raises(Forbidden) as caught:
        permitted(narrow, "_include", "Observation:patient")
    assert 'scope="system/Patient.r"' in caught.value.headers["WWW-Authenticate"]
    wild = permitted(narrow, "_include", "*")
    assert set(wild.types) <= {"Observation"}
    assert all(one.leads_to("Observation") for one in wild.includes)


@pytest.mark.parametrize("letter", ["r", "s"])
def test_either_letter_is_enough(letter):
    found = permitted(patient(f"patient/*.{letter}"), "_include", "Observation:patient")
    assert found.types["Patient"].visibility.patient == "A"
    assert found.types["Patient"].as_patient


def test_one_of_several_targets_is_enough():
    found = permitted(patient("patient/Patient.r"), "_include", "Observation:performer")
    assert "Patient" in found.types
    assert "Practitioner" not in found.types


def test_patients_follow_no_parameter_that_is_not_for_them():
    one = patient("patient/*.rs")
    with pytest.raises(NotSupported, match="patient tokens"):
        permitted(one, "_revinclude", "Observation:focus", searched=("Patient",))
    codes = {i.parameter.code for i in permitted(one, "_revinclude", "*").includes}
    assert codes
    assert "focus" not in codes
    with pytest.raises(Forbidden):
        permitted(one, "_revinclude", "AuditEvent:patient", searched=("Patient",))


def test_a_target_that_is_not_served_adds_nothing():
    found = permitted(SYSTEM, "_include", "Observation:subject:Device")
    assert found.includes == ()

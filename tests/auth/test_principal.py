import pytest

from fhirbridge.auth.principal import SYSTEM, Principal


@pytest.mark.parametrize(
    ("principal", "own_patient", "practitioner"),
    [
        (Principal("patient", patient="A"), "A", None),
        (Principal("patient", patient="A", user="Practitioner/7"), "A", None),
        (Principal("user", user="Patient/A"), "A", None),
        (Principal("user", patient="B", user="Practitioner/7"), None, "7"),
        (Principal("user", user="PractitionerRole/7"), None, None),
        (Principal("user"), None, None),
        (SYSTEM, None, None),
        (Principal("system", patient="A", user="Practitioner/7"), None, None),
    ],
)
def test_who_asks_follows_from_the_kind(principal, own_patient, practitioner):
    assert principal.own_patient == own_patient
    assert principal.practitioner == practitioner

from dataclasses import replace
from urllib.parse import quote

import pytest

from fhirbridge.auth.principal import SYSTEM, Principal
from fhirbridge.auth.scopes import Scopes
from fhirbridge.auth.staff import DAY, Staff
from fhirbridge.fhir.errors import Forbidden, Invalid

NOW = 1_795_518_000_000_000
OPEN = Staff(before=DAY, after=2 * DAY, break_glass=True)
DOCTOR = Principal("user", Scopes.parse("user/*.rs __break_glass"), user="Practitioner/7")
PATIENT = Principal("patient", Scopes.parse("patient/*.rs __break_glass"), patient="A")


def as_sent(text):
    return text.encode().decode("latin-1")


def test_a_practitioners_relations_count_in_a_window_around_now():
    found = OPEN.admit(DOCTOR, None, NOW)
    assert found.window == (NOW - 2 * DAY, NOW + DAY)
    assert found.emergency is None


@pytest.mark.parametrize("one", [SYSTEM, PATIENT, replace(DOCTOR, user="Patient/A")])
def test_others_are_as_they_were_and_may_not_break_the_glass(one):
    assert OPEN.admit(one, None, NOW) == one
    with pytest.raises(Forbidden):
        OPEN.admit(one, "unconscious, no relatives", NOW)


@pytest.mark.parametrize("sent", [as_sent("без сознания"), quote("без сознания")])
def test_a_practitioner_breaks_the_glass_by_saying_why(sent):
    assert OPEN.admit(DOCTOR, sent, NOW).emergency == "без сознания"


def test_i019_it_needs_the_operators_leave_and_the_scope():
    with pytest.raises(Forbidden):
        Staff().admit(DOCTOR, "unconscious", NOW)
    with pytest.raises(Forbidden):
        OPEN.admit(replace(DOCTOR, scopes=Scopes.parse("user/*.cruds")), "unconscious", NOW)


@pytest.mark.parametrize(
    "sent", ["", "   ", "test", "x" * 501, "\xff\xfe\xfd", "%FF%FE%FD", "a\x01bcdef", "a%00bcdef"]
)
def test_i018_what_is_no_reason_is_refused(sent):
    with pytest.raises(Invalid):
        OPEN.admit(DOCTOR, sent, NOW)

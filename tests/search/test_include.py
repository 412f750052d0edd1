"""`_include` and `_revinclude` as they are written."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.search.include import (
    MOST_INCLUDES,
    Include,
    including,
    including_back,
    understand_includes,
)
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

SUBJECT = Reference("subject", targets=("Patient", "Device"))
MEMBER = Reference("has-member", "hasMember", targets=("Observation",))
TARGET = Reference("target")
OWNER = Reference("organization", "managingOrganization", targets=("Organization",))
TYPES = {
    "Observation": {"subject": SUBJECT, "has-member": MEMBER, "code": Token("code")},
    "Patient": {"organization": OWNER},
    "Organization": {},
    "Provenance": {"target": TARGET},
}


def understood(*pairs, searched=("Observation",)):
    return understand_includes(pairs, searched, TYPES)


def test_source_parameter_and_target_are_read():
    (plain,) = understood(("_include", "Observation:subject"))
    assert plain == Include("Observation", SUBJECT)
    (narrowed,) = understood(("_include:iterate", "Observation:subject:Patient"))
    assert narrowed == Include("Observation", SUBJECT, "Patient", iterate=True)
    (back,) = understood(("_revinclude", "Provenance:target"))
    assert back == Include("Provenance", TARGET, reverse=True)
    assert understood(("_include", ""), ("code", "1")) == ()
    assert len(understood(*[("_include", "Observation:subject")] * 3)) == 1


def test_a_star_means_every_reference_that_can_lead_somewhere():
    wild = understood(("_include", "*"))
    assert {(one.source, one.parameter.code) for one in wild} == {
        ("Observation", "subject"),
        ("Observation", "has-member"),
    }
    assert all(one.wild for one in wild)
    assert understood(("_include", "Observation:*")) == wild
    iterated = understood(("_include:iterate", "*"))
    assert {one.source for one in iterated} == {"Observation", "Patient", "Provenance"}
    back = understood(("_revinclude", "*"), searched=("Patient",))
    assert {one.source for one in back} == {"Observation", "Provenance"}
    assert understood(("_revinclude", "Observation:*:Device"), searched=("Patient",)) == ()


def test_where_a_reference_leads():
    assert Include("Observation", SUBJECT).leads_to("Patient")
    assert not Include("Observation", SUBJECT).leads_to("Organization")
    assert not Include("Observation", SUBJECT, "Device").leads_to("Patient")
    assert Include("Provenance", TARGET).leads_to("Anything")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("_include", "Observation", Invalid),
        ("_include", "Observation:subject:Patient:more", Invalid),
        ("_include", "Observation::Patient", Invalid),
        ("_include", "Observation:code", Invalid),
        ("_include", "Observation:nothing", NotSupported),
        ("_include", "Nonsense:subject", Invalid),
        ("_include", "Encounter:subject", NotSupported),
        ("_include", "Observation:subject:Nonsense", Invalid),
        ("_include", "Observation:subject:Organization", Invalid),
        ("_revinclude:iterate:x", "Observation:subject", NotSupported),
        ("_include:missing", "Observation:subject", NotSupported),
        ("_include", "Observation:subject,Observation:has-member", Invalid),
        ("_include", "*:subject", Invalid),
    ],
)
def test_what_cannot_be_followed_is_refused(name, value, error):
    with pytest.raises(error, match="include"):
        understood((name, value))


def test_there_is_a_most_of_them():
    many = {f"r{number}": Reference(f"r{number}") for number in range(MOST_INCLUDES + 1)}
    pairs = [("_include", f"Basic:{code}") for code in many]
    assert len(understand_includes(pairs[1:], ("Basic",), {"Basic": many})) == MOST_INCLUDES
    with pytest.raises(Invalid, match="More than"):
        understand_includes(pairs, ("Basic",), {"Basic": many})
    # A star is one.
    assert len(understand_includes([("_include", "*")], ("Basic",), {"Basic": many})) == len(many)


def test_what_can_be_followed_is_told():
    assert including("Observation", TYPES) == ["Observation:has-member", "Observation:subject"]
    assert including_back("Patient", TYPES) == ["Observation:subject", "Provenance:target"]
    for type_ in TYPES:
        for name, written in (("_include", including), ("_revinclude", including_back)):
            for value in written(type_, TYPES):
                assert understood((name, value), searched=(type_,))


@given(
    st.sampled_from(["_include", "_revinclude", "_include:iterate"]),
    st.lists(st.sampled_from([*TYPES, "subject", "target", "*", "", "Device", "x,y"]), max_size=4),
)
def test_anything_is_understood_or_refused(name, parts):
    with suppress(Invalid, NotSupported):
        found = understood((name, ":".join(parts)))
        assert all(isinstance(one, Include) for one in found)

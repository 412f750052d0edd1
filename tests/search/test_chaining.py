from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import CONTEXT

from fhirbridge.fhir.errors import Forbidden, Invalid, NotSupported
from fhirbridge.resources.registry import definitions
from fhirbridge.search.chaining import read
from fhirbridge.search.query import Chain, Clause, Has, Hop, along, last

TYPES = {type_: one.searchable for type_, one in definitions().items()}


def asked(name, text="x", type_="Observation", enter=lambda type_, depth: None):
    return read(Hop(name, text, CONTEXT), type_, TYPES, enter)


def shape(criterion):
    """The links and the end of a chain, as one would say them."""
    said = [
        f"{type(one).__name__} {one.parameter.code} {getattr(one, 'type_', '')}".strip()
        for one in along(criterion)
    ]
    return " > ".join(said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("patient.name", "Chain patient Patient > Clause name"),
        ("subject:Patient.name:exact", "Chain subject Patient > Clause name"),
        ("subject.gender", "Chain subject Patient > Clause gender"),
        ("patient.organization.name",
         "Chain patient Patient > Chain organization Organization > Clause name"),
        ("_has:DiagnosticReport:result:status", "Has result DiagnosticReport > Clause status"),
        ("_has:DiagnosticReport:result:subject:Patient.name",
         "Has result DiagnosticReport > Chain subject Patient > Clause name"),
        ("patient._has:Appointment:patient:status",
         "Chain patient Patient > Has patient Appointment > Clause status"),
    ],
)  # fmt: skip
def test_a_chain_is_read_link_by_link(name, said):
    assert shape(asked(name)) == said


def test_the_end_of_a_chain_has_its_modifier_and_values():
    criterion = asked("subject:Patient.name:exact", "Ёлкин,Елкин")
    assert isinstance(criterion, Chain)
    assert last(criterion).modifier == "exact"
    assert [value.exact for value in last(criterion).values] == ["Ёлкин", "Елкин"]
    assert isinstance(asked("_has:DiagnosticReport:result:status"), Has)


def test_every_type_on_the_way_is_entered_before_anything_of_it_is_read():
    seen = []
    asked("patient.organization.name", enter=lambda type_, depth: seen.append((type_, depth)))
    assert seen == [("Patient", 1), ("Organization", 2)]

    def closed(type_, depth):
        raise Forbidden("no")

    for name in ("patient.nope", "_has:DiagnosticReport:nope:code"):
        with pytest.raises(Forbidden):
            asked(name, enter=closed)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("subject.name", Invalid), ("subject:Foo.name", Invalid), ("_has:X:y:z", Invalid),
        ("_has:DiagnosticReport:result", Invalid), ("_has:DiagnosticReport::code", Invalid),
        ("patient.nope", NotSupported), ("patient.name:below", NotSupported),
        ("subject:Device.type", NotSupported), ("patient:Organization.name", NotSupported),
        ("subject.nope", NotSupported), ("code.name", NotSupported), ("nope.name", NotSupported),
        ("_has:Provenance:agent:_id", NotSupported), ("patient.", NotSupported),
        ("subject:.name", Invalid), ("patient._count", NotSupported),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(name, error):
    with pytest.raises(error):
        asked(name)


def test_a_value_must_be_one():
    with pytest.raises(Invalid):
        asked("patient.birthdate", "soon")
    with pytest.raises(Invalid):
        asked("patient.name", ",")


WORDS = st.sampled_from(
    ["_has", ":", ".", "Patient", "Observation", "patient", "subject", "name", "code", "missing",
     "organization", "result", "DiagnosticReport", "*", ""]
)  # fmt: skip


@given(st.lists(WORDS, max_size=10).map("".join), st.text(max_size=5))
def test_no_chain_ends_in_anything_but_a_criterion_or_an_outcome(name, text):
    with suppress(Invalid, NotSupported):
        assert isinstance(asked(name, text), Chain | Has | Clause)

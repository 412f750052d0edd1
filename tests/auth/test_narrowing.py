from zoneinfo import ZoneInfo

import pytest

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM, Principal
from fhirbridge.auth.scopes import Scopes
from fhirbridge.fhir.errors import Forbidden, Invalid, NotSupported
from fhirbridge.resources.registry import definitions
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Visibility, last
from fhirbridge.search.understand import understand
from fhirbridge.search.values import ReferenceValue

CONTEXT = SearchContext(ZoneInfo("Europe/Moscow"), "https://clinic.example/fhir", 0)
PEOPLE = ("Patient", "RelatedPerson")
NOBODY = ReferenceValue("Patient", "")
PATIENT = Principal("patient", Scopes.parse("patient/*.rs"), patient="A")


def asked(type_, name, text="x", principal=PATIENT):
    definition = definitions()[type_]
    found = understand(type_, definition.searchable, [(name, text)], CONTEXT)
    return permit(found.query, definition, principal)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Patient/A", ReferenceValue("Patient", "A")),
        ("Patient/B", NOBODY),
        ("RelatedPerson/A", NOBODY),
        ("https://other.example/fhir/Patient/B", NOBODY),
        ("https://other.example/fhir/Patient/B/_history/2", NOBODY),
        ("https://clinic.example/fhir/Patient/A", ReferenceValue("Patient", "A")),
        ("Practitioner/B", ReferenceValue("Practitioner", "B")),
        ("B", ReferenceValue(None, "B", apart=PEOPLE)),
        ("A", ReferenceValue(None, "A", apart=PEOPLE[1:])),
    ],
)
def test_a_patient_names_no_other_person_in_any_spelling(text, value):
    assert asked("Appointment", "actor", text).query.clauses[0].values == (value,)
    chained = asked("Slot", "_has:Appointment:slot:actor", text).query.clauses[0]
    assert last(chained).values == (value,)


def test_staff_may_name_anybody():
    assert asked("Appointment", "actor", "B", SYSTEM).query.clauses[0].values == (
        ReferenceValue(None, "B"),
    )


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("Observation", "focus"), ("Observation", "focus:Observation.code"),
        ("Observation", "specimen.parent"), ("Observation", "specimen.parent.type"),
        ("Specimen", "_has:Observation:specimen:focus"), ("Schedule", "_has:Slot:schedule:_tag"),
        ("Slot", "schedule.actor:Practitioner.address"), ("Observation", "patient._tag"),
        ("Observation", "_has:Observation:focus:code"), ("Observation", "specimen._source"),
    ],
)  # fmt: skip
def test_what_is_not_open_to_patients_is_not_anywhere_in_a_chain(type_, name):
    with pytest.raises(NotSupported, match="not open to patient"):
        asked(type_, name)


@pytest.mark.parametrize(
    ("type_", "name", "text"),
    [
        ("DiagnosticReport", "result:missing", "false"), ("DiagnosticReport", "_sort", "-result"),
        ("Patient", "_has:DiagnosticReport:subject:result:missing", "true"),
        ("Observation", "derived-from:missing", "true"), ("Appointment", "_sort", "based-on"),
    ],
)  # fmt: skip
def test_nothing_is_told_of_links_that_a_patient_is_not_shown(type_, name, text):
    with pytest.raises(NotSupported, match="not open to patient"):
        asked(type_, name, text)
    assert asked(type_, name, text, SYSTEM).query


def test_the_end_of_a_chain_has_no_modifier_that_patients_may_not_use():
    with pytest.raises(NotSupported):
        asked("Specimen", "_has:Observation:specimen:performer:identifier")


def test_every_type_on_the_way_needs_the_scope_to_search_it():
    some = Principal(
        "patient", Scopes.parse("patient/Observation.rs patient/Patient.r"), patient="A"
    )
    for name in ("patient.name", "_has:DiagnosticReport:result:code", "patient.nope"):
        with pytest.raises(Forbidden):
            asked("Observation", name, principal=some)
    with pytest.raises(Forbidden):
        asked("Observation", "_has:AuditEvent:entity:action")


def test_each_type_on_the_way_has_a_visibility_of_its_own():
    permitted = asked("Slot", "schedule.actor:Practitioner.name")
    assert permitted.others == {
        "Schedule": Visibility(public=True), "Practitioner": Visibility(public=True),
    }  # fmt: skip
    assert asked("Slot", "_has:Appointment:slot:status").others == {
        "Appointment": Visibility(patient="A")
    }


def test_a_query_that_was_permitted_is_permitted_again_in_the_same_way():
    first = asked("Slot", "_has:Appointment:slot:status")
    assert permit(first.query, definitions()["Slot"], PATIENT) == first
    narrow = Principal("patient", Scopes.parse("patient/Slot.rs"), patient="A")
    with pytest.raises(Forbidden):
        permit(first.query, definitions()["Slot"], narrow)


def test_chains_have_an_end_that_depends_on_who_asks():
    three = "result.has-member.specimen.type"
    assert asked("DiagnosticReport", three, principal=SYSTEM).query.clauses
    with pytest.raises(Invalid):
        asked("DiagnosticReport", three)
    with pytest.raises(Invalid):
        asked("DiagnosticReport", "based-on:ServiceRequest.specimen._has:Observation:"
              "specimen:has-member.code", principal=SYSTEM)  # fmt: skip


def test_naming_a_value_set_needs_no_right_to_its_type():
    some = Principal("patient", Scopes.parse("patient/Observation.rs"), patient="A")
    permitted = asked("Observation", "code:in", "urn:vs", some)
    assert permitted.others["ValueSet"] == Visibility(public=True)

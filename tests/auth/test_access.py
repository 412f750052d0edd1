import ast
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import pytest

import fhirbridge
from fhirbridge.auth.access import permit, permit_by_id, refused_parameters, sees_as_patient
from fhirbridge.auth.principal import SYSTEM, Principal
from fhirbridge.auth.rights import require
from fhirbridge.auth.scopes import Scopes
from fhirbridge.fhir.errors import Forbidden, NotSupported
from fhirbridge.resources.access import Access
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.common import COMMON
from fhirbridge.search.query import NOTHING, Clause, Query, SortKey, Visibility, by_id
from fhirbridge.search.reference import NO_ID, Reference
from fhirbridge.search.token import Token
from fhirbridge.search.values import ReferenceValue, TokenValue

PATIENT = Reference("patient", "subject|Type=Patient", targets=("Patient",))
STATUS = Token("status")


@dataclass(frozen=True)
class Rule(Access):
    directory: bool = False
    versioned: bool = True
    open_to_patients: bool = True
    refused_parameters: frozenset[str] = field(default_factory=lambda: frozenset({"_source"}))

    context_path: ClassVar[str | None] = None

    def owners(self, resource):
        return frozenset()


def definition(type_="Observation", refused=(), **rule):
    return ResourceDefinition(
        type_,
        Rule(**rule),
        ("read", "search-type"),
        (PATIENT, STATUS),
        refused_to_patients=frozenset(refused),
    )


OBSERVATION = definition()
SLOT = definition("Slot", directory=True, versioned=False, refused=("_lastUpdated",))
AUDIT = definition("AuditEvent", open_to_patients=False)


def patient(id_="A", scopes="patient/*.cruds"):
    return Principal("patient", Scopes.parse(scopes), patient=id_)


def system(scopes):
    return Principal("system", Scopes.parse(scopes))


def user(reference, scopes="user/*.cruds"):
    return Principal("user", Scopes.parse(scopes), user=reference)


def asks(parameter, *values, modifier=None, type_="Observation"):
    return Query(type_, (Clause(parameter, values, modifier),))


@pytest.mark.parametrize(
    ("principal", "of", "visibility", "as_patient"),
    [
        (SYSTEM, OBSERVATION, Visibility(everything=True), False),
        (SYSTEM, SLOT, Visibility(everything=True), False),
        (patient(), OBSERVATION, Visibility(patient="A"), True),
        (patient(), SLOT, Visibility(public=True), True),
        (patient(None), OBSERVATION, Visibility(), True),
        (patient(None), SLOT, Visibility(), True),
        (patient(""), OBSERVATION, Visibility(), True),
        (user("Practitioner/7"), OBSERVATION, Visibility(practitioner="7"), False),
        (user("Practitioner/7"), SLOT, Visibility(everything=True), False),
        (user("Patient/A"), OBSERVATION, Visibility(patient="A"), True),
        (user("Patient/A"), SLOT, Visibility(public=True), True),
        (user("Person/A"), OBSERVATION, Visibility(), True),
        (user("Person/A"), SLOT, Visibility(), True),
        (user("Practitioner/"), OBSERVATION, Visibility(), True),
        (user(None), SLOT, Visibility(), True),
    ],
)
def test_each_kind_of_principal_sees_its_rows(principal, of, visibility, as_patient):
    permitted = permit(Query(of.type_), of, principal)
    assert (permitted.visibility, permitted.as_patient) == (visibility, as_patient)
    assert sees_as_patient(principal) is as_patient


def test_a_read_needs_r_and_a_search_needs_s():
    reader, searcher = patient(scopes="patient/*.r"), patient(scopes="patient/*.s")
    read, search = by_id("Observation", "1"), Query("Observation")
    assert permit(read, OBSERVATION, reader).query == read
    assert permit(search, OBSERVATION, searcher).query == search
    with pytest.raises(Forbidden):
        permit(search, OBSERVATION, reader)
    with pytest.raises(Forbidden):
        permit(read, OBSERVATION, searcher)


def test_a_search_by_id_alone_is_still_a_search():
    query = Query("Observation", by_id("Observation", "1").clauses)
    with pytest.raises(Forbidden):
        permit(query, OBSERVATION, patient(scopes="patient/*.r"))


@pytest.mark.parametrize(
    ("interaction", "letter"),
    [("create", "c"), ("update", "u"), ("patch", "u"), ("delete", "d"), ("read", "r"),
     ("vread", "r"), ("history-instance", "r"), ("search-type", "s")],
)  # fmt: skip
def test_every_interaction_has_its_letter(interaction, letter):
    others = "cruds".replace(letter, "")
    require(system(f"system/Observation.{letter}"), OBSERVATION, interaction)
    with pytest.raises(Forbidden) as refused:
        require(system(f"system/Observation.{others}"), OBSERVATION, interaction)
    assert refused.value.headers["WWW-Authenticate"] == (
        'Bearer realm="fhirbridge", error="insufficient_scope",'
        f' scope="system/Observation.{letter}"'
    )


@pytest.mark.parametrize(
    "principal",
    [
        patient(scopes="user/*.cruds"),
        patient(scopes="system/*.cruds"),
        patient(scopes="patient/Patient.cruds"),
        patient(scopes=""),
        patient(scopes="patient/Observation.rs?category=b"),
        user("Practitioner/7", scopes="system/*.cruds patient/*.cruds"),
        Principal("system", Scopes.parse("user/*.cruds")),
    ],
)
def test_scopes_of_another_context_or_type_give_nothing(principal):
    with pytest.raises(Forbidden):
        permit(Query("Observation"), OBSERVATION, principal)


def test_a_type_closed_to_patients_is_forbidden_to_them_only():
    for principal in (patient(), user("Patient/A")):
        with pytest.raises(Forbidden):
            permit(Query("AuditEvent"), AUDIT, principal)
    assert permit(Query("AuditEvent"), AUDIT, SYSTEM).visibility.everything


def test_patients_see_no_versions_of_a_directory():
    vread = by_id("Slot", "1", "vread")
    with pytest.raises(Forbidden):
        permit(vread, SLOT, patient())
    assert permit(vread, SLOT, SYSTEM).query == vread
    assert permit(by_id("Observation", "1", "vread"), OBSERVATION, patient()).as_patient


@pytest.mark.parametrize("interaction", ["history-type", "history-system"])
def test_patients_never_see_histories_of_many(interaction):
    with pytest.raises(Forbidden):
        require(patient(), OBSERVATION, interaction)
    require(SYSTEM, OBSERVATION, interaction)


def test_parameters_refused_to_patients_are_refused_as_clause_and_as_sort_key():
    updated = COMMON["_lastUpdated"]
    sorted_ = Query("Slot", sort=(SortKey(updated, descending=True),))
    for query in (asks(updated, type_="Slot"), sorted_, asks(COMMON["_source"], type_="Slot")):
        with pytest.raises(NotSupported):
            permit(query, SLOT, patient())
        assert permit(query, SLOT, SYSTEM).query == query
    assert refused_parameters(SLOT) == {"_lastUpdated", "_source"}


def test_identifiers_inside_references_are_not_open_to_patients():
    query = asks(PATIENT, TokenValue(None, "x", any_system=True), modifier="identifier")
    with pytest.raises(NotSupported):
        permit(query, OBSERVATION, patient())
    assert permit(query, OBSERVATION, SYSTEM).query == query


def test_a_reference_to_another_patient_matches_nothing_in_a_patients_own_search():
    query = asks(PATIENT, ReferenceValue("Patient", "B"), ReferenceValue("Patient", "A"))
    values = permit(query, OBSERVATION, patient()).query.clauses[0].values
    assert values == (ReferenceValue("Patient", NO_ID), ReferenceValue("Patient", "A"))
    assert permit(query, OBSERVATION, SYSTEM).query == query


def test_references_to_others_than_patients_stay():
    query = asks(Reference("performer"), ReferenceValue("Practitioner", "B"))
    assert permit(query, OBSERVATION, patient()).query == query


def test_less_may_be_asked_than_was_permitted_and_nothing_else():
    one, other = ReferenceValue("Patient", "A"), ReferenceValue("Patient", "B")
    permitted = permit(asks(PATIENT, one, one), OBSERVATION, SYSTEM)
    less = asks(PATIENT, one, NOTHING)
    assert permitted.asking_less(less).query == less
    assert permitted.asking_less(less).visibility == permitted.visibility
    for more in (asks(PATIENT, one, other), asks(PATIENT, one), Query("Observation"),
                 asks(PATIENT, one, one, modifier="missing"), replace(less, count=1),
                 asks(Reference("performer"), one, one)):  # fmt: skip
        with pytest.raises(ValueError):  # noqa: PT011 (its text or that of zip)
            permitted.asking_less(more)


def test_only_access_makes_a_permitted_query():
    root = Path(fhirbridge.__file__).parent
    makers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if _makes_one(node)
    }
    assert makers == {"auth/access.py"}


def _makes_one(node):
    """Return whether a node calls PermittedQuery, gives it another name, or copies one changed."""
    if isinstance(node, ast.alias):
        return node.name.endswith("PermittedQuery") and node.asname is not None
    if isinstance(node, ast.Assign):
        return _named(node.value)
    if not isinstance(node, ast.Call):
        return False
    copies = isinstance(node.func, ast.Name | ast.Attribute) and _name(node.func) == "replace"
    return _named(node.func) or (copies and bool(node.args) and "permitted" in _name(node.args[0]))


def _named(node):
    return _name(node) == "PermittedQuery"


def _name(node):
    return getattr(node, "attr", None) or getattr(node, "id", None) or ""


def granular(text):
    """The alternatives that an Observation must fulfil under a scope."""
    of = ResourceDefinition(
        "Observation", Rule(), ("read", "search-type"), (Token("category"), Token("code"))
    )
    return permit(Query("Observation"), of, patient(scopes=text)).visibility.within


def test_clauses_of_granular_scopes_are_alternatives_and_their_pairs_hold_together():
    found = granular(
        "patient/Observation.rs?category=urn:c|Lab&code=urn:l|1 patient/Observation.s?code=urn:l|2"
    )
    asked = [[(one.parameter.code, one.values[0].system, one.values[0].code) for one in alternative]
             for alternative in found]  # fmt: skip
    assert asked == [
        [("category", "urn:c", "lab"), ("code", "urn:l", "1")],
        [("code", "urn:l", "2")],
    ]


def test_a_scope_for_the_whole_type_leaves_nothing_of_the_clauses():
    assert granular("patient/*.rs patient/Observation.rs?code=urn:l|1") == ()
    assert granular("patient/*.r patient/Observation.s?code=urn:l|1") != ()


def test_a_scope_on_a_parameter_that_the_type_lost_shows_nothing():
    found = permit(
        Query("Observation"), OBSERVATION, patient(scopes="patient/Observation.s?code=urn:l|1")
    )
    ((clause,),) = found.visibility.within
    assert clause.values[0].code == NO_ID


def test_what_a_context_is_narrowed_to_narrows_what_is_visible_through_it():
    class Through(Rule):
        context_path = "securityContext"

    of = ResourceDefinition("Binary", Through(), ("read",), ())
    scopes = "patient/Binary.r patient/DiagnosticReport.rs?code=urn:l|1"
    ((type_, within),) = permit(by_id("Binary", "1"), of, patient(scopes=scopes)).visibility.through
    assert (type_, len(within)) == ("DiagnosticReport", 1)


def doctor(**more):
    return Principal("user", Scopes.parse("user/*.cruds"), user="Practitioner/7", **more)


def test_a_practitioner_sees_by_relations_of_a_window():
    found = permit(Query("Observation"), OBSERVATION, doctor(window=(1, 2)))
    assert found.visibility == found.reader == Visibility(practitioner="7", window=(1, 2))


def test_in_an_emergency_a_practitioner_looks_at_everybody_and_only_looks():
    one = doctor(emergency="unconscious")
    assert permit(Query("Observation"), OBSERVATION, one).visibility.everything
    assert permit(Query("AuditEvent"), AUDIT, one).visibility == Visibility(practitioner="7")
    for interaction in ("create", "update", "patch", "delete", "history-type", "history-system"):
        with pytest.raises(Forbidden):
            require(one, OBSERVATION, interaction)


def test_nothing_is_written_under_what_granular_scopes_give():
    one = patient(scopes="patient/Observation.cruds?code=urn:l|1")
    for interaction in ("read", "update"):
        with pytest.raises(Forbidden):
            require(one, OBSERVATION, interaction)


@pytest.mark.parametrize("of", [OBSERVATION, SLOT])
@pytest.mark.parametrize("who", [SYSTEM, patient()])
def test_a_look_up_by_id_is_permitted_as_any_query_is(of, who):
    asked = by_id(of.type_, "1")
    assert permit_by_id(of.type_, "1", of, who) == permit(asked, of, who)
    with pytest.raises(Forbidden):
        permit_by_id(of.type_, "1", of, patient(scopes=""))

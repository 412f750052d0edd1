"""Whose a row is: the predicate that every alias carries.

There is one function, `visible`, for every alias that any statement on resources makes.
Patients' rules: `docs/access.md`; why the predicate is in the query and not after it: a filter
afterwards would leave short pages and wrong totals, which tell about hidden rows.
"""

# ruff: noqa: S608 (constants of this file and names of aliases only)

from collections.abc import Iterable

from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.membership import members
from fhirbridge.search.query import Alternatives, Clause, Visibility
from fhirbridge.search.values import TokenValue
from fhirbridge.store.index import token
from fhirbridge.store.index.numbers import param
from fhirbridge.store.relations import PATIENT
from fhirbridge.store.sql import (
    BY_ROW,
    FALSE,
    ONE_BY_ONE,
    TRUE,
    Sql,
    all_of,
    any_of,
    is_one_of,
    negated,
    sql,
)

# The context through which something else is visible: the resource `x`.
CONTEXT = "EXISTS (SELECT 1 FROM context c JOIN resource x ON x.type = c.type AND x.id = c.id"


def visible(
    definition: ResourceDefinition, alias: str, visibility: Visibility, *, resource: bool = False
) -> Sql:
    """Return that the row `alias.row`, a resource of the definition's type, may be seen.

    `alias` has a column `row`; it needs no other, unless it is the table `resource` itself.
    """
    seen = _compartment(definition, alias, visibility, resource=resource)
    if not visibility.within:
        return seen
    return all_of((seen, _within(definition.type_, alias, visibility.within)))


def _compartment(
    definition: ResourceDefinition, alias: str, visibility: Visibility, *, resource: bool
) -> Sql:
    if visibility.everything:
        return TRUE
    if visibility.public:
        return Sql(f"{alias}.shown IS NOT NULL" if resource else _public(alias))
    if visibility.patient is not None:
        return _patients(definition, alias, visibility, resource=resource)
    if visibility.practitioner is not None:
        return _practitioners(definition, alias, visibility)
    return FALSE


def _public(alias: str) -> str:
    return f"EXISTS (SELECT 1 FROM resource v WHERE v.row = {alias}.row AND v.shown IS NOT NULL)"


def _within(type_: str, alias: str, alternatives: Alternatives) -> Sql:
    """Return that a row fulfils one of the alternatives, whatever its reader is shown of it."""
    found = any_of(
        all_of(_has(type_, alias, clause) for clause in clauses) for clauses in alternatives
    )
    return sql("(", found, ")")


def _has(type_: str, alias: str, clause: Clause) -> Sql:
    tokens = [value for value in clause.values if isinstance(value, TokenValue)]
    head = f"EXISTS (SELECT 1 FROM idx_token g WHERE g.row = {alias}.row AND"
    number = is_one_of("g.param", (param(type_, code) for code in clause.parameter.indexed))
    return sql(head, number, "AND (", any_of(token.hold("g", tokens)), "))")


def _patients(
    definition: ResourceDefinition, alias: str, visibility: Visibility, *, resource: bool
) -> Sql:
    """Return that a row is the patient's: most say so themselves."""
    patient = visibility.patient
    own = (
        "EXISTS (SELECT 1 FROM owner o WHERE o.patient = ? AND o.type = ?"
        f" AND o.row = {alias}.row {ONE_BY_ONE})"
    )
    parameters: tuple[str | None, ...] = (patient, definition.type_)
    if resource:
        own, parameters = f"({alias}.patient = ? OR {own})", (patient, *parameters)
    if definition.access.context_path is None:
        return Sql(own, parameters)
    owned = Sql("EXISTS (SELECT 1 FROM owner p WHERE p.patient = ? AND p.row = x.row)", (patient,))
    return sql("(", any_of((Sql(own, parameters), _by_context(alias, owned, visibility))), ")")


def _by_context(alias: str, owned: Sql, visibility: Visibility) -> Sql:
    """Return that the resource through which a row is visible is `owned`, and may be seen."""
    head = f"{CONTEXT} WHERE c.row = {alias}.row AND NOT x.deleted AND"
    narrowed = (
        sql(Sql("(x.type <> ? OR", (type_,)), _within(type_, "x", within), ")")
        for type_, within in visibility.through
    )
    return sql(head, all_of((owned, *narrowed)), ")")


def related(visibility: Visibility, patient: str) -> Sql:
    """Return that the patient whose id is the column `patient` has a relation to the reader."""
    head = f"EXISTS (SELECT 1 FROM relation k WHERE k.practitioner = ? AND k.patient = {patient}"
    if visibility.window is None:
        return Sql(f"{head})", (visibility.practitioner,))
    low, high = visibility.window
    text = f"{head} AND k.begins < ? AND k.ends > ?)"
    return Sql(text, (visibility.practitioner, high, low))


def _practitioners(definition: ResourceDefinition, alias: str, visibility: Visibility) -> Sql:
    """Return that a row is about a patient who has a relation to the practitioner."""
    if definition.type_ == "Patient":
        head = f"EXISTS (SELECT 1 FROM resource v WHERE v.row = {alias}.row AND"
        return sql(head, related(visibility, "v.id"), ")")
    if definition.access.context_path is not None:
        itself = all_of((Sql("x.type = 'Patient'"), related(visibility, "x.id")))
        owned = any_of((itself, _about(sorted(members()), "x", visibility)))
        return _by_context(alias, sql("(", owned, ")"), visibility)
    if definition.parameter(PATIENT) is None:
        return FALSE
    about = _about((definition.type_,), alias, visibility)
    if not definition.access.all_patients_related:
        return about
    return all_of((about, negated(_about((definition.type_,), alias, visibility, others=True))))


def _about(
    types: Iterable[str], alias: str, visibility: Visibility, *, others: bool = False
) -> Sql:
    """Return that a row, a resource of one of `types`, is about somebody related, or who is not."""
    head = f"EXISTS (SELECT 1 FROM idx_reference i WHERE i.row = {alias}.row AND"
    number = is_one_of(BY_ROW.format("i.param"), (param(type_, PATIENT) for type_ in types))
    theirs = related(visibility, "i.id")
    whose = negated(theirs) if others else theirs
    return sql(head, number, "AND i.type = 'Patient' AND", whose, ")")

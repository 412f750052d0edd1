"""Whose a row is: what is written beside a resource, and the predicate every alias carries.

There is one function, `visible`, for every alias that any statement on resources makes.
Patients' rules: `docs/access.md`; why the predicate is in the query and not after it: a filter
afterwards would leave short pages and wrong totals, which tell about hidden rows.
"""

# ruff: noqa: S608 (constants of this file and names of aliases only)

from collections.abc import Iterator
from typing import Any

from fhirbridge.fhir.json import dump
from fhirbridge.fhir.path import elements
from fhirbridge.fhir.reference import target
from fhirbridge.resources.access import Access, restricted
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Visibility
from fhirbridge.search.values import ReferenceRow
from fhirbridge.store.index.rows import Tables, param
from fhirbridge.store.sql import FALSE, TRUE, Sql

COLUMNS = {
    "owner": ("patient", "type", "row"),
    "shown": ("row", "patient", "body"),
    "context": ("row", "type", "id"),
    "relation": ("practitioner", "patient", "row"),
}
# A resource with patient and one of these makes the practitioner related to the patient.
RELATING = ("practitioner", "requester")
PATIENT = "patient"


def visible(
    definition: ResourceDefinition, alias: str, visibility: Visibility, *, resource: bool = False
) -> Sql:
    """Return that the row `alias.row`, a resource of the definition's type, may be seen.

    `alias` has a column `row`; it needs no other, unless it is the table `resource` itself.
    """
    if visibility.everything:
        return TRUE
    if visibility.public:
        return Sql(f"{alias}.shown IS NOT NULL" if resource else _public(alias))
    if visibility.patient is not None:
        return _patients(definition, alias, visibility.patient)
    if visibility.practitioner is not None:
        return _practitioners(definition, alias, visibility.practitioner)
    return FALSE


def _public(alias: str) -> str:
    return f"EXISTS (SELECT 1 FROM resource v WHERE v.row = {alias}.row AND v.shown IS NOT NULL)"


def _patients(definition: ResourceDefinition, alias: str, patient: str) -> Sql:
    own = (
        f"EXISTS (SELECT 1 FROM owner o WHERE o.patient = ? AND o.type = ? AND o.row = {alias}.row)"
    )
    parameters = (patient, definition.type_)
    if definition.access.context_path is None:
        return Sql(own, parameters)
    through = (
        "EXISTS (SELECT 1 FROM context c JOIN resource x ON x.type = c.type AND x.id = c.id"
        " JOIN owner p ON p.patient = ? AND p.type = x.type AND p.row = x.row"
        f" WHERE c.row = {alias}.row AND NOT x.deleted)"
    )
    return Sql(f"({own} OR {through})", (*parameters, patient))


def _practitioners(definition: ResourceDefinition, alias: str, practitioner: str) -> Sql:
    """Return that a row is about a patient who has a relation to the practitioner."""
    if definition.type_ == "Patient":
        text = (
            "EXISTS (SELECT 1 FROM resource v JOIN relation k ON k.patient = v.id"
            f" WHERE v.row = {alias}.row AND k.practitioner = ?)"
        )
        return Sql(text, (practitioner,))
    if definition.parameter(PATIENT) is None:
        return FALSE
    text = (
        "EXISTS (SELECT 1 FROM idx_reference i JOIN relation k ON k.patient = i.id"
        f" WHERE i.row = {alias}.row AND i.param = ? AND i.type = 'Patient'"
        " AND k.practitioner = ?)"
    )
    named = param(definition.type_, PATIENT)
    if not definition.access.all_patients_related:
        return Sql(text, (named, practitioner))
    all_ = (
        f"({text} AND NOT EXISTS (SELECT 1 FROM idx_reference i WHERE i.row = {alias}.row"
        " AND i.param = ? AND i.type = 'Patient' AND NOT EXISTS (SELECT 1 FROM relation k"
        " WHERE k.patient = i.id AND k.practitioner = ?)))"
    )
    return Sql(all_, (named, practitioner, named, practitioner))


# Stored as `shown` when each owner has a view of their own, in the table of that name.
SEVERAL_VIEWS = b""


def shown_to_everyone(access: Access, resource: dict[str, Any]) -> bytes | None:
    """Return what is stored as `shown` with the resource.

    For a public one: what every patient sees. For one with a single owner: that patient's view,
    where it differs; for several owners: SEVERAL_VIEWS. None otherwise. In a directory any value
    makes a resource public, so one that is not never has any.
    """
    if access.public(resource):
        return dump(access.shown(resource, None))
    owners = access.owners(resource)
    if access.directory or not owners:
        return None
    if len(owners) > 1:
        return SEVERAL_VIEWS
    view = access.shown(resource, *owners)
    return None if view is resource or view == resource else dump(view)


def owner_rows(
    definition: ResourceDefinition, row: int, resource: dict[str, Any], context: SearchContext
) -> Tables:
    """Return the rows of `owner`, `shown`, `context` and `relation` for one resource."""
    access = definition.access
    owners = sorted(access.owners(resource))
    tables: Tables = {"owner": [(patient, definition.type_, row) for patient in owners]}
    if len(owners) > 1:
        views = ((patient, access.shown(resource, patient)) for patient in owners)
        tables["shown"] = [(row, patient, dump(view)) for patient, view in views]
    tables["context"] = list(_contexts(access, row, resource, context.base_url))
    tables["relation"] = list(_relations(definition, row, resource, context))
    return tables


def _contexts(
    access: Access, row: int, resource: dict[str, Any], base_url: str
) -> Iterator[tuple[int, str, str]]:
    """Yield the resource through which this one is visible, unless a label forbids it."""
    if access.context_path is None or restricted(resource):
        return
    text = next(elements(resource, f"{access.context_path}.reference"), None)
    found = target(text, base_url) if text else None
    if found is not None and found.type_ is not None and found.id_ is not None:
        yield row, found.type_, found.id_


def _relations(
    definition: ResourceDefinition, row: int, resource: dict[str, Any], context: SearchContext
) -> Iterator[tuple[str, str, int]]:
    def named(code: str, type_: str) -> set[str]:
        parameter = definition.parameter(code)
        found = () if parameter is None else parameter.rows(resource, context)
        return {
            one.id_
            for one in found
            if isinstance(one, ReferenceRow) and one.type_ == type_ and one.id_ is not None
        }

    practitioners = {one for code in RELATING for one in named(code, "Practitioner")}
    patients = named(PATIENT, "Patient") if practitioners else set()
    for practitioner in sorted(practitioners):
        yield from ((practitioner, patient, row) for patient in sorted(patients))

"""What is written beside a resource: whose it is, what patients are shown of it, and its index.

All of it is computed without the database, so that any process may do it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fhirbridge.fhir.json import dump
from fhirbridge.fhir.path import elements
from fhirbridge.fhir.reference import target
from fhirbridge.resources.access import Access, restricted
from fhirbridge.search.parameter import SearchContext
from fhirbridge.store.index.entries import Tables
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.index.views import Views
from fhirbridge.store.persons import may_lead, names_only
from fhirbridge.store.relations import relations

COLUMNS = {
    "owner": ("patient", "type", "row"),
    "shown": ("row", "patient", "body"),
    "context": ("row", "type", "id"),
    "relation": ("practitioner", "patient", "row", "begins", "ends"),
}
# Stored as `shown` when each owner has a view of their own, in the table of that name.
SEVERAL_VIEWS = b""


class Described(NamedTuple):
    """The columns `shown` and `patient` of a resource, and its rows in all other tables."""

    shown: bytes | None
    patient: str | None
    tables: Tables


def described(
    index: TypeIndex, row: int, resource: dict[str, Any], context: SearchContext
) -> Described:
    """Return what goes with `resource`, whose row number is `row`."""
    views = Views(index.definition.access, resource)
    tables = index.tables(row, views, context)
    tables.update(_owner_rows(index.type_, row, views))
    tables["context"] = list(_contexts(views.access, row, resource, context.base_url))
    tables["relation"] = list(relations(index.definition, row, resource, context))
    shown = _shown_to_everyone(views)
    return Described(shown, _only_owner(views, shown), tables)


def _shown_to_everyone(views: Views) -> bytes | None:
    """Return what is stored as `shown` with the resource.

    For a public one: what every patient sees. For one with a single owner: that patient's view,
    where it differs; for several owners: SEVERAL_VIEWS. None otherwise. In a directory any value
    makes a resource public, so one that is not never has any.
    """
    if views.public:
        return dump(views.of(None))
    if views.access.directory or not views.owners:
        return None
    if len(views.owners) > 1:
        return SEVERAL_VIEWS
    view = views.of(*views.owners)
    return None if view is views.resource or view == views.resource else dump(view)


def _only_owner(views: Views, shown: bytes | None) -> str | None:
    """Return the one patient whose the resource is, if it names and leads to nobody else.

    Told beside it, the owner need not be looked up, nor the bytes judged whenever they leave.
    """
    if len(views.owners) != 1:
        return None
    (owner,) = views.owners
    body = dump(views.resource) if shown is None else shown
    plain = names_only(body, owner) and not may_lead(body, views.access.own_links)
    return owner if plain else None


def _owner_rows(type_: str, row: int, views: Views) -> Tables:
    tables: Tables = {"owner": [(patient, type_, row) for patient in views.owners]}
    if len(views.owners) > 1:
        tables["shown"] = [(row, patient, dump(views.of(patient))) for patient in views.owners]
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

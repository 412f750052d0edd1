"""What a clinic's database holds, as values that a search could use."""

import json
from collections import defaultdict
from typing import NamedTuple

from rest_clinic import BASE, Clinic

from fhirbridge.fhir.instant import to_instant
from fhirbridge.resources.registry import definitions
from fhirbridge.search.composite import Composite
from fhirbridge.search.query import PermittedQuery, Query, Visibility
from fhirbridge.search.values import (
    DateRow,
    NumberRow,
    QuantityRow,
    ReferenceRow,
    StringRow,
    TokenRow,
    UriRow,
)

Who = tuple[str, str]


class Link(NamedTuple):
    """The resource `source` refers to `target` under the parameter `code`: `(type, id)` each."""

    source: Who
    code: str
    target: Who


class Content:
    """What is stored: the values of each parameter, what holds for each resource, the links."""

    def __init__(self, *clinics: Clinic) -> None:
        self.values: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.true: dict[Who, list[tuple[str, str]]] = defaultdict(list)
        self.links: list[Link] = []
        for clinic in clinics:
            for type_ in definitions():
                for resource in stored(clinic, type_):
                    self._add(clinic, resource)

    def _add(self, clinic: Clinic, resource) -> None:
        type_ = resource["resourceType"]
        who, context = (type_, resource["id"]), clinic.server.context(BASE)
        self.true[who] += []
        for code, parameter in definitions()[type_].searchable.items():
            for row in parameter.rows(resource, context):
                if not isinstance(parameter, Composite):
                    self._add_value(who, code, written(row))
                if isinstance(row, ReferenceRow) and row.type_ in definitions():
                    self.links.append(Link(who, code, (row.type_, row.id_)))

    def _add_value(self, who: Who, code: str, value: str | None) -> None:
        if value is not None:
            known = self.values[who[0], code]
            known[:] = sorted({*known, value})
            self.true[who].append((code, value))


def written(row) -> str | None:
    """Return an indexed value as a search would write it."""
    match row:
        case TokenRow(system, code):
            text = f"{system}|{code}" if system else code
        case ReferenceRow(type_, id_):
            text = f"{type_}/{id_}" if type_ else None
        case StringRow(exact=exact):
            text = exact.replace(",", "\\,")
        case NumberRow() | QuantityRow() | UriRow() | DateRow():
            text = plain(row)
        case _:
            text = None
    return text


def plain(row) -> str | None:
    match row:
        case UriRow(uri):
            return uri
        case DateRow(low):
            return to_instant(low)[:10]
    return None if row.low is None else str(row.low)


def stored(clinic: Clinic, type_: str):
    """Yield the resources of a type as the database holds them; tests stand for `permit`."""
    everything = PermittedQuery(Query(type_, count=1000), Visibility(everything=True))
    for one in clinic.server.store.search(everything).matches:
        yield json.loads(one.body)


__all__ = ["Content", "Link"]

"""$meta of a type and of the system: which profiles, tags and security labels are in use.

For those who see all of a type, as its history is: to others it would tell what they do not see.
https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fhirbridge.auth.access import permit
from fhirbridge.auth.rights import require
from fhirbridge.fhir.errors import NotSupported, TooCostly
from fhirbridge.fhir.json import parse
from fhirbridge.rest.history import whole_types
from fhirbridge.rest.operations.operation import Call
from fhirbridge.rest.representation import MOST_LEVELS
from fhirbridge.search.common import COMMON
from fhirbridge.search.query import Clause, Query
from fhirbridge.search.values import MissingValue

Element = dict[str, Any]

# The parameter by which resources with such a label are found, and how the label is known again.
LABELS = {"_profile": "profile", "_security": "security", "_tag": "tag"}
PAGE = 1000
# Every labelled resource is looked at.
MOST_LOOKED_AT = 20_000


def labels_in_use(call: Call) -> Element:
    """Return a Meta with each label of a type, or of all that the token covers and a search finds.

    Raises Forbidden when the caller does not see all of it, TooCostly when too many resources have
    labels, NotSupported for a type that is not searched.
    """
    found: Element = {}
    for type_ in _types(call):
        for code, name in LABELS.items():
            labels = found.setdefault(name, {})
            for one in _labelled(type_, code, call):
                given = one["meta"].get(name, ())
                labels.update((_key(label), label) for label in given if label is not None)
    return {
        name: [labels[key] for key in sorted(labels)] for name, labels in found.items() if labels
    }


def _types(call: Call) -> list[str]:
    """Return the types that are looked at; raises Forbidden, and NotSupported for Binary."""
    definitions, named = call.server.definitions, call.request.type_
    if named:
        require(call.principal, definitions[named], "history-type")
    types = [named] if named else whole_types(call.principal, call.server)
    found = [one for one in types if "search-type" in definitions[one].interactions]
    if named and not found:
        raise NotSupported("This type is not searched, so its labels are not known")
    return found


def _labelled(type_: str, code: str, call: Call) -> Iterator[Element]:
    """Yield the resources of a type that have a label of that kind; raises TooCostly."""
    there = Clause(COMMON[code], (MissingValue(missing=False),), "missing")
    query = Query(type_, (there,), count=PAGE)
    definition = call.server.definitions[type_]
    for _ in range(MOST_LOOKED_AT // PAGE):
        page = call.server.store.search(permit(query, definition, call.principal))
        yield from (parse(one.body, MOST_LEVELS) for one in page.matches)
        if page.after is None:
            return
        query = replace(query, after=page.after)
    raise TooCostly("Too many resources have labels: ask for them by type, or search")


def _key(label: Any) -> tuple[str, ...]:
    """Return what makes a label the same as another: system and code, or the profile's url."""
    if isinstance(label, dict):
        return (label.get("system", ""), label.get("code", ""))
    return (label,)

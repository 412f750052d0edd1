"""Where a reference may lead, by the element that holds it.

Warnings, no errors: an official example of R4 breaks this itself, and who stores it is not misled.
https://hl7.org/fhir/R4/references.html, `targetProfile` of each structure definition.
"""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from fhirbridge.fhir import data, json
from fhirbridge.fhir.element_types import RESOURCE, element_type
from fhirbridge.fhir.errors import Issue
from fhirbridge.fhir.linking import RESTFUL
from fhirbridge.fhir.outcome import expression
from fhirbridge.fhir.reference import RELATIVE
from fhirbridge.fhir.schema import definitions

REFERENCE = "Reference"
Steps = tuple[int | str, ...]
Targets = Mapping[str, Mapping[str, list[str]]]


def misleading(resource: dict[str, Any]) -> Iterator[Issue]:
    """Yield a warning for each reference that leads to a type it should not.

    Of an address elsewhere only what looks like a FHIR server's is judged; of a link into the
    resource itself, or a search, nothing.
    """
    type_ = resource["resourceType"]
    for steps, text in _strange(resource, RESOURCE, ()):
        yield Issue("warning", "value", text, (expression(type_, steps),))


def _strange(
    node: Any, type_: str, steps: Steps, allowed: frozenset[str] = frozenset()
) -> Iterator[tuple[Steps, str]]:
    """Yield what is wrong with `node`, an element of `type_`, and with all that it holds."""
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from _strange(one, type_, (*steps, number), allowed)
    elif isinstance(node, dict):
        if type_ == REFERENCE:
            yield from ((steps, text) for text in _wrong(node, allowed))
        named = node.get("resourceType", "") if type_ == RESOURCE else type_
        for name, child in node.items():
            inner = element_type(named, name)
            yield from _strange(child, inner, (*steps, name), _allowed(named, name))


def _wrong(reference: dict[str, Any], allowed: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with the type to which one Reference leads."""
    types = resource_types()
    literal, declared = _literal(reference.get("reference")), reference.get("type")
    if literal is not None and literal not in types:
        yield "A relative reference begins with the name of a resource type."
        return
    if literal is not None and declared in types and declared != literal:
        yield "This reference leads to another type than it says."
    if allowed and not allowed.issuperset({literal, declared} & types):
        yield f"This reference should lead to: {', '.join(sorted(allowed))}."


@cache
def resource_types() -> frozenset[str]:
    """Return the names of all resource types of R4."""
    return frozenset(definitions()["ResourceList"]["properties"]["resourceType"]["enum"])


def _literal(text: object) -> str | None:
    """Return the type in a literal reference, None when it names none."""
    if not isinstance(text, str):
        return None
    relative = RELATIVE.fullmatch(text)
    if relative is not None:
        return relative["type"]
    absolute = RESTFUL.fullmatch(text.partition("/_history/")[0])
    named = absolute["type"] if absolute is not None else None
    return named if named in resource_types() else None


@lru_cache(maxsize=2048)
def _allowed(holder: str, name: str) -> frozenset[str]:
    """Return the types that an element may lead to; none: any type."""
    return frozenset(_table().get(holder, {}).get(name, ()))


@cache
def _table() -> Targets:
    table: Targets = json.parse(data.read("terminology/r4/reference-targets.json"))
    return table

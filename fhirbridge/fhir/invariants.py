"""Does a resource keep the invariants of R4? Asked of one that the schema accepts.

https://hl7.org/fhir/R4/validation.html, https://hl7.org/fhir/R4/domainresource.html
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from fhirbridge.fhir.constraints import CONSTRAINTS
from fhirbridge.fhir.element_types import RESOURCE, element_type
from fhirbridge.fhir.errors import Invalid, Issue
from fhirbridge.fhir.json import dump, parse
from fhirbridge.fhir.outcome import expression
from fhirbridge.fhir.recurring import LONGEST, MOST, text_of

MOST_ISSUES = 50
# What stands beside a primitive, such as `_birthDate`.
PRIMITIVE = "Element"
# https://hl7.org/fhir/R4/element.html
EMPTY = ("ele-1", "All FHIR elements must have a @value or children")
# How a text begins that leads into the resource itself.
LINK_INSIDE = b'"#'
Steps = tuple[int | str, ...]


def check(resource: dict[str, Any]) -> tuple[Issue, ...]:
    """Return the invariants that `resource` breaks, up to fifty, each with its path; () if none.

    No issue repeats a value of the resource.
    """
    type_ = resource["resourceType"]
    found = [
        Issue("error", "invariant", f"{key}: {human}.", (expression(type_, steps),))
        for steps, key, human in (*_broken(resource, RESOURCE, ()), *_domain(resource))
    ]
    return tuple(found[:MOST_ISSUES])


def _broken(node: Any, type_: str, steps: Steps) -> Iterator[tuple[Steps, str, str]]:
    """Yield what the constraints of the types say about `node` and all that it holds."""
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from _broken(one, type_, (*steps, number))
    elif isinstance(node, dict):
        named = node.get("resourceType", "") if type_ == RESOURCE else type_
        yield from ((steps, *one) for one in _itself(node, named))
        yield from (((*steps, *place), *EMPTY) for place in _empty(node, named))
        for name, child in node.items():
            if isinstance(child, dict | list) and _looked_into(named, name):
                yield from _child(child, element_type(named, name), (*steps, name))


def _itself(node: dict[str, Any], type_: str) -> list[tuple[str, str]]:
    """Return key and words of the constraints of its own type that a node breaks."""
    return [(one.key, one.human) for one in CONSTRAINTS.get(type_, ()) if not one.holds(node)]


def _child(node: Any, type_: str, steps: Steps) -> Iterator[tuple[Steps, str, str]]:
    """Yield what `_broken` does, unless it is remembered that this is nothing."""
    text = text_of(type_, node)
    if text is None or not _all_kept(type_, text):
        yield from _broken(node, type_, steps)


@lru_cache(maxsize=MOST)
def _all_kept(type_: str, text: bytes) -> bool:
    """Return whether an element, or a list, of that type and text breaks no constraint."""
    try:
        element = parse(text, LONGEST)
    except Invalid:
        return False  # not read from JSON: looked at as it is
    return next(_broken(element, type_, ()), None) is None


def _empty(node: dict[str, Any], type_: str) -> Iterator[Steps]:
    """Yield where `node` has, or is, an element with neither a value nor children."""
    if node.keys() == {"id"} and type_ != PRIMITIVE:
        yield ()
    for name, child in node.items():
        if name.startswith("_") or (isinstance(child, list) and None in child):
            yield from _valueless(node, name)


def _valueless(node: dict[str, Any], name: str) -> Iterator[Steps]:
    """Yield where a list of primitives has a null with nothing beside it.

    https://hl7.org/fhir/R4/json.html#primitive
    """
    plain = name.removeprefix("_")
    if name != plain and plain in node:
        return  # looked at under its own name, if there are gaps
    value, beside = node.get(plain), node.get(f"_{plain}")
    if not isinstance(value, list) and not isinstance(beside, list):
        return  # what stands beside is something, or the schema refuses it
    for number, (one, other) in enumerate(zip_longest(value or (), beside or ())):
        if one is None and other is None:
            yield plain, number


@lru_cache(maxsize=8192)
def _looked_into(parent: str, name: str) -> bool:
    """Return whether an element can hold others: it is not a primitive."""
    return element_type(parent, name)[:1].isupper()


def _domain(resource: dict[str, Any]) -> Iterator[tuple[Steps, str, str]]:
    """Yield what is wrong with contained resources and the references to them."""
    contained = resource.get("contained", ())
    if not contained and LINK_INSIDE not in dump(resource):
        return
    links = set(_fragments(resource))
    names = {f"#{one.get('id')}" for one in contained}
    if not links <= names | {"#"}:
        yield (), "ref-1", "SHALL have a contained resource if a local reference is provided"
    for number, one in enumerate(contained):
        for key, human in _contained(one, links):
            yield ("contained", number), key, human


def _contained(one: dict[str, Any], links: set[str]) -> Iterator[tuple[str, str]]:
    if "contained" in one:
        yield "dom-2", "A contained resource SHALL NOT contain nested resources"
    if f"#{one.get('id')}" not in links and "#" not in _fragments(one):
        yield "dom-3", "A contained resource SHALL be referred to from elsewhere in the resource"
    meta = one.get("meta", {})
    if meta.keys() & {"versionId", "lastUpdated"}:
        yield "dom-4", "A contained resource SHALL NOT have a versionId or lastUpdated"
    if "security" in meta:
        yield "dom-5", "A contained resource SHALL NOT have a security label"


def _fragments(node: Any, type_: str = RESOURCE) -> Iterator[str]:
    """Yield the links into the resource itself: `#id` of references, canonicals and the like."""
    if isinstance(node, list):
        for one in node:
            yield from _fragments(one, type_)
    elif isinstance(node, dict):
        named = node.get("resourceType", "") if type_ == RESOURCE else type_
        for name, child in node.items():
            yield from _fragments(
                child, element_type(named, name) if name != "reference" else "uri"
            )
    elif isinstance(node, str) and node.startswith("#") and type_ in {"uri", "url", "canonical"}:
        yield node

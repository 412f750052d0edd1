"""Finding the elements that a search parameter or an access rule names.

A path is dotted names; lists are walked through. `effective` finds `effectiveDateTime` and its
siblings, `valueQuantity` only itself. Endings: `subject|Type=Patient` keeps references to that
type, `telecom|system=email` keeps elements whose member has that value, `deceased|exists` yields
whether the element says so. `""` is the resource itself.
https://hl7.org/fhir/R4/searchparameter-registry.html
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fhirbridge.fhir.reference import RELATIVE

# The types that a choice element may take, as they end its name.
CHOICE_TYPES = tuple(
    """
    Base64Binary Boolean Canonical Code Date DateTime Decimal Id Instant Integer Markdown Oid
    PositiveInt String Time UnsignedInt Uri Url Uuid Address Age Annotation Attachment
    CodeableConcept Coding ContactPoint Count Distance Duration HumanName Identifier Money
    Period Quantity Range Ratio Reference SampledData Signature Timing Dosage Meta
    """.split()  # noqa: SIM905 - a list of quoted names would be no easier to read
)
CHOICES = re.compile("|".join(CHOICE_TYPES))


@dataclass(frozen=True, slots=True)
class Path:
    """A path, taken apart."""

    names: tuple[str, ...]
    key: str | None = None
    wanted: str | None = None


def elements(resource: Any, path: str) -> Iterator[Any]:
    """Return the elements of `resource` that `path` names, in document order, lists flattened."""
    parsed = _parsed(path)
    found = _walk(resource, parsed.names)
    if parsed.key == "exists":
        found = [_says_so(found[0] if found else False)]
    elif parsed.key is not None:
        found = [one for one in found if _member(one, parsed.key) == parsed.wanted]
    return iter(found)


def names_in(resource: dict[str, Any]) -> frozenset[str]:
    """Return the names of a resource's elements and, as `meta.tag`, of those of its meta.

    Every resource has a meta, and most have little in it.
    """
    meta = resource.get("meta")
    return frozenset((*resource, *(f"meta.{name}" for name in meta)) if meta else resource)


def nothing_at(names: frozenset[str], paths: tuple[str, ...]) -> bool:
    """Return whether it is plain that a resource with these `names_in` it has nothing at `paths`.

    Most parameters of a type look at what a resource lacks: this answers ten times as fast.
    """
    needed = _needed(paths)
    return needed is not None and needed.isdisjoint(names)


@lru_cache(maxsize=4096)
def looked_into(paths: tuple[str, ...]) -> frozenset[str] | None:
    """Return the names of the elements on which depends what is at `paths`; None: on all."""
    firsts = [one.names[:1] for one in map(_parsed, paths)]
    if not all(firsts):
        return None
    return frozenset(name for (first,) in firsts for name in (first, *_choices(first)))


@lru_cache(maxsize=4096)
def _needed(paths: tuple[str, ...]) -> frozenset[str] | None:
    """Return the names of which a resource needs one; None when it always has something."""
    parsed = [_parsed(path) for path in paths]
    if any(not one.names or one.key == "exists" for one in parsed):
        return None
    return frozenset(name for one in parsed for name in _heads(one.names))


def _heads(names: tuple[str, ...]) -> Iterable[str]:
    first, *rest = names
    return (f"meta.{rest[0]}",) if first == "meta" and rest else (first, *_choices(first))


@lru_cache(maxsize=4096)
def _parsed(path: str) -> Path:
    dotted, _, ending = path.partition("|")
    names = tuple(dotted.split(".")) if dotted else ()
    key, _, wanted = ending.partition("=")
    return Path(names, key or None, wanted or None)


def _walk(root: Any, names: tuple[str, ...]) -> list[Any]:
    """Return what lies at the end of `names`; a level at a time, as this runs for every index."""
    level: list[Any] = root if isinstance(root, list) else [root]
    for name in names:
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                child = node[name] if name in node else _choice(node, name)
                if isinstance(child, list):
                    below += child
                else:
                    below.append(child)
        level = below
    return [one for one in level if one is not None]


def _choice(node: dict[str, Any], stem: str) -> Any:
    """Return the value of the choice element `stem[x]`, or None."""
    names = _choices(stem)
    if names.isdisjoint(node):
        return None
    return next(value for key, value in node.items() if key in names)


@lru_cache(maxsize=4096)
def _choices(stem: str) -> frozenset[str]:
    """Return the names that the choice element `stem[x]` may have."""
    return frozenset(stem + choice for choice in CHOICE_TYPES)


def _says_so(value: Any) -> bool:
    """Return `x.exists() and x != false`."""
    return value is not False


def _member(element: Any, key: str) -> str | None:
    """Return the member that a filter compares; `Type` is the type a reference points to."""
    if not isinstance(element, dict):
        return None
    if key != "Type":
        value = element.get(key)
        return value if isinstance(value, str) else None
    return reference_type(element)


def reference_type(reference: dict[str, Any]) -> str | None:
    """Return the type a Reference names, from its text alone: its target may live elsewhere."""
    text = reference.get("reference")
    named = _named_type(text) if isinstance(text, str) else None
    type_ = reference.get("type")
    return named or (type_ if isinstance(type_, str) else None)


@lru_cache(maxsize=4096)
def _named_type(text: str) -> str | None:
    parts = text.split("/_history/", maxsplit=1)[0].split("/")
    match = RELATIVE.fullmatch("/".join(parts[-2:]))
    return match["type"] if match is not None else None

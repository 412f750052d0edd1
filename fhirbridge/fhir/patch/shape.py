"""What an element may hold: whether it repeats, and what its own elements are.

Read from the schema of R4, the same that checks the result.
"""

import re
from typing import NamedTuple

from fhirbridge.fhir.schema import definitions

REFERENCE = re.compile(r"#/definitions/(\w+)")


class Shape(NamedTuple):
    """One element: its name in JSON, what it may hold (None: no elements), if it repeats."""

    name: str
    definition: str | None
    repeats: bool


def shape(definition: str | None, name: str, type_: str = "") -> Shape | None:
    """Return the element `name` of a definition, or None when there is none.

    A choice element is found by its stem when `type_` says of which type its value is.
    """
    properties = definitions().get(definition or "", {}).get("properties", {})
    for key in (name, name + type_[:1].upper() + type_[1:]):
        if key in properties and not key.startswith("_"):
            return _shape(key, properties[key])
    return None


def extended(definition: str | None, name: str) -> bool:
    """Return whether the element is a primitive: its extensions stand beside it, as `_name`."""
    return f"_{name}" in definitions().get(definition or "", {}).get("properties", {})


def _shape(name: str, declared: dict[str, object]) -> Shape:
    items = declared.get("items", declared)
    target = str(items.get("$ref", "")) if isinstance(items, dict) else ""
    match = REFERENCE.fullmatch(target)
    return Shape(name, match[1] if match else None, declared.get("type") == "array")

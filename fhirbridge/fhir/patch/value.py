"""The value that a part of a Parameters resource carries, or is made of its own parts."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from fhirbridge.fhir.errors import Invalid, Unprocessable
from fhirbridge.fhir.patch.shape import shape

VALUE = "value"

Part = dict[str, Any]


def name_of(part: Any) -> str:
    """Return the name of a part; "" for what is none."""
    return str(part.get("name")) if isinstance(part, dict) else ""


def values(part: Part) -> Iterator[Any]:
    """Yield the `value[x]` of a part."""
    yield from (one for key, one in part.items() if key.startswith(VALUE))


def type_of(part: Part) -> str:
    """Return the type of the value in a part, as it ends a choice element's name."""
    return next((key.removeprefix(VALUE) for key in part if key.startswith(VALUE)), "")


def value_of(part: Part, definition: str | None) -> Any:
    """Return a part's value: its `value[x]` or, of a type without a name, one made of its parts.

    A copy: the patch is applied again when the write lost a race.
    """
    found = list(values(part))
    if len(found) == 1:
        return deepcopy(found[0])
    parts = part.get("part")
    if found or not isinstance(parts, list) or not parts:
        raise Invalid("a value has one value[x], or parts")
    made: dict[str, Any] = {}
    for one in parts:
        wanted = shape(definition, name_of(one), type_of(one) if isinstance(one, dict) else "")
        if wanted is None or (wanted.name in made and not wanted.repeats):
            raise Unprocessable("a part of the value is no element there, or one too many")
        value = value_of(one, wanted.definition)
        if wanted.repeats:
            made.setdefault(wanted.name, []).append(value)
        else:
            made[wanted.name] = value
    return made

"""Where an element is inside a resource, so that it can be changed there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.patch.shape import shape
from fhirbridge.fhir.path import CHOICES


@dataclass(frozen=True, slots=True)
class Place:
    """One element: the object that holds it, its name there, its index if it repeats.

    `definition` names what the element may hold, None if that is nothing or not known.
    """

    holder: dict[str, Any]
    name: str
    index: int | None
    definition: str | None

    @property
    def value(self) -> Any:
        """The element itself."""
        found = self.holder[self.name]
        return found if self.index is None else found[self.index]


def root(resource: dict[str, Any]) -> Place:
    """Return the place of the resource as a whole."""
    return Place({"": resource}, "", None, str(resource.get("resourceType")))


def children(place: Place, name: str) -> Iterator[Place]:
    """Yield the elements called `name` of the element at `place`; `name` may be a choice's stem."""
    holder = place.value
    if not isinstance(holder, dict):
        return
    key = name if name in holder else _choice(holder, name)
    if key is None:
        return
    found = shape(place.definition, key)
    definition = _definition(holder[key], found.definition if found else None)
    if isinstance(holder[key], list):
        yield from (Place(holder, key, n, definition) for n in range(len(holder[key])))
    else:
        yield Place(holder, key, None, definition)


def _definition(value: Any, declared: str | None) -> str | None:
    """Return a contained resource's own type, else what is declared."""
    first = value[0] if isinstance(value, list) and value else value
    own = first.get("resourceType") if isinstance(first, dict) else None
    return str(own) if own is not None else declared


def _choice(holder: dict[str, Any], stem: str) -> str | None:
    for key in holder:
        if key.startswith(stem) and CHOICES.fullmatch(key, len(stem)):
            return key
    return None

"""Where an element is inside a resource, so that it can be changed there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.patch.items import items
from fhirbridge.fhir.patch.shape import shape
from fhirbridge.fhir.path import CHOICES


@dataclass(frozen=True, slots=True)
class Place:
    """One element: the object that holds it, its name there, its index if it repeats.

    `definition` names what the element may hold, None if that is nothing or not known; `inside`
    what the object that holds it may.
    """

    holder: dict[str, Any]
    name: str
    index: int | None
    definition: str | None
    inside: str | None = None

    @property
    def value(self) -> Any:
        """The element itself; None for a primitive that has extensions alone."""
        if self.index is not None:
            return items(self.holder, self.name)[self.index].value
        return self.holder.get(self.name)


def root(resource: dict[str, Any]) -> Place:
    """Return the place of the resource as a whole."""
    return Place({"": resource}, "", None, str(resource.get("resourceType")))


def children(place: Place, name: str) -> Iterator[Place]:
    """Yield the elements called `name` of the element at `place`; `name` may be a choice's stem."""
    holder = place.value
    if not isinstance(holder, dict):
        return
    key = _key(holder, name)
    if key is None:
        return
    found = shape(place.definition, key)
    there = holder.get(key, holder.get(f"_{key}"))
    definition = _definition(there, found.definition if found else None)
    if isinstance(there, list):
        count = len(items(holder, key))
        yield from (Place(holder, key, n, definition, place.definition) for n in range(count))
    else:
        yield Place(holder, key, None, definition, place.definition)


def _definition(value: Any, declared: str | None) -> str | None:
    """Return a contained resource's own type, else what is declared."""
    first = value[0] if isinstance(value, list) and value else value
    own = first.get("resourceType") if isinstance(first, dict) else None
    return str(own) if own is not None else declared


def _key(holder: dict[str, Any], name: str) -> str | None:
    """Return the name under which `holder` has the element, if it has it."""
    there = dict.fromkeys(key.removeprefix("_") for key in holder)
    return name if name in there else next((key for key in there if choice(key, name)), None)


def choice(key: str, stem: str) -> str | None:
    """Return `stem` if the element `key` is a choice of that stem, such as `deceasedBoolean`."""
    return stem if key.startswith(stem) and CHOICES.fullmatch(key, len(stem)) else None

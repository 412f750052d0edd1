"""Where an element is inside a resource, so that it can be changed there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.errors import Unprocessable
from fhirbridge.fhir.patch.items import Item, items, keep
from fhirbridge.fhir.patch.shape import extended, shape
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

    @property
    def inner(self) -> dict[str, Any] | None:
        """What holds the element's own elements: itself or, beside a primitive, what extends it.

        None: nothing holds any yet. https://hl7.org/fhir/R4/json.html#primitive
        """
        value, beside = self.value, self.holder.get(f"_{self.name}")
        if not isinstance(value, dict) and self.index is not None:
            beside = items(self.holder, self.name)[self.index].beside
        found = value if isinstance(value, dict) else beside
        return found if isinstance(found, dict) else None

    @property
    def inner_definition(self) -> str | None:
        """What `inner` may hold: a primitive's is an Element, with an id and extensions."""
        return "Element" if extended(self.inside, self.name) else self.definition

    def opened(self) -> dict[str, Any]:
        """Return `inner`, put beside the primitive that is here if need be.

        Raises Unprocessable when no elements can be inside.
        """
        if self.inner is not None:
            return self.inner
        if self.inner_definition != "Element":
            raise Unprocessable("the element can have no elements")
        made: dict[str, Any] = {}
        if self.index is None:
            self.holder[f"_{self.name}"] = made
        else:
            found = items(self.holder, self.name)
            found[self.index] = Item(self.value, made)
            keep(self.holder, self.name, found)
        return made


def root(resource: dict[str, Any]) -> Place:
    """Return the place of the resource as a whole."""
    return Place({"": resource}, "", None, str(resource.get("resourceType")))


def children(place: Place, name: str) -> Iterator[Place]:
    """Yield the elements called `name` of the element at `place`; `name` may be a choice's stem."""
    holder = place.inner
    if holder is None:
        return
    key = _key(holder, name)
    if key is None:
        return
    found = shape(place.inner_definition, key)
    there = holder.get(key, holder.get(f"_{key}"))
    definition = _definition(there, found.definition if found else None)
    if isinstance(there, list):
        count = len(items(holder, key))
        yield from (Place(holder, key, n, definition, place.inner_definition) for n in range(count))
    else:
        yield Place(holder, key, None, definition, place.inner_definition)


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

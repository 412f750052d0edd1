"""FHIRPath Patch: a Parameters resource of operations. https://hl7.org/fhir/R4/fhirpatch.html."""

from collections.abc import Callable
from typing import Any

from fhirbridge.fhir.errors import FhirError, Invalid, Unprocessable
from fhirbridge.fhir.patch import path
from fhirbridge.fhir.patch.items import Item, items, keep, tidy
from fhirbridge.fhir.patch.place import Place, choice
from fhirbridge.fhir.patch.shape import Shape, shape
from fhirbridge.fhir.patch.value import VALUE, Part, name_of, type_of, value_of, values

MOST_OPERATIONS = 1000
PARTS = ("type", "path", "name", "value", "index", "source", "destination")


def apply(resource: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Return `resource` changed by the operations in `parameters`, in order.

    `resource` itself may be changed too. Raises Invalid when `parameters` are not a patch,
    Unprocessable when an operation does not fit.
    """
    for number, operation in enumerate(_operations(parameters)):
        try:
            _Operation(operation, resource).run()
        except FhirError as error:
            raise type(error)(f"Operation {number} of the patch: {error}") from error
    return resource


def _operations(parameters: dict[str, Any]) -> list[dict[str, Part]]:
    """Return the parts of each operation, by name."""
    given = parameters.get("parameter")
    if parameters.get("resourceType") != "Parameters" or not isinstance(given, list):
        raise Invalid("A FHIRPath Patch is a Parameters resource with operations")
    if len(given) > MOST_OPERATIONS or any(name_of(one) != "operation" for one in given):
        raise Invalid(f"A patch holds at most {MOST_OPERATIONS} parameters, each an operation")
    return [_parts(one) for one in given]


def _parts(operation: Part) -> dict[str, Part]:
    given = operation.get("part")
    parts = given if isinstance(given, list) else []
    found = {name_of(part): part for part in parts}
    if len(found) != len(parts) or not found.keys() <= set(PARTS):
        raise Invalid(f"An operation has parts called {', '.join(PARTS)}, each once")
    return found


class _Operation:
    """One operation on one resource."""

    def __init__(self, parts: dict[str, Part], resource: dict[str, Any]) -> None:
        self._parts = parts
        self._resource = resource
        self._path = path.parse(self._text("path"), resource["resourceType"])

    def run(self) -> None:
        run = RUN.get(self._text("type"))
        if run is None:
            raise Invalid("type must be add, insert, delete, replace or move")
        run(self)

    def add(self) -> None:
        place = self._only(self._path.places(self._resource))
        wanted = self._wanted(place, self._text("name"))
        holder = place.opened()
        if wanted.name in holder and not wanted.repeats:
            raise Unprocessable("the element is there already")
        value = self._value(wanted)
        if wanted.repeats:
            keep(holder, wanted.name, [*items(holder, wanted.name), Item(value)])
        else:
            holder[wanted.name] = value

    def insert(self) -> None:
        holder, wanted = self._list()
        found = items(holder, wanted.name)
        index = self._number("index")
        if index > len(found):
            raise Unprocessable("the index is past the end of the list")
        found.insert(index, Item(self._value(wanted)))
        keep(holder, wanted.name, found)

    def move(self) -> None:
        holder, wanted = self._list()
        found = items(holder, wanted.name)
        source, destination = self._number("source"), self._number("destination")
        if max(source, destination) >= len(found):
            raise Unprocessable("an index is past the end of the list")
        found.insert(destination, found.pop(source))
        keep(holder, wanted.name, found)

    def delete(self) -> None:
        places = self._path.places(self._resource)
        if not places:
            return
        place = self._part(places)
        if place.index is None:
            place.holder.pop(place.name, None)
            place.holder.pop(f"_{place.name}", None)
        else:
            found = items(place.holder, place.name)
            del found[place.index]
            keep(place.holder, place.name, found)
        tidy(self._resource)

    def replace(self) -> None:
        place = self._part(self._path.places(self._resource))
        name = self._renamed(place)
        value = self._value(Shape(name, place.definition, repeats=False))
        if place.index is None:
            place.holder.pop(f"_{place.name}", None)
            del place.holder[place.name]
            place.holder[name] = value
        else:
            found = items(place.holder, place.name)
            found[place.index] = Item(value)
            keep(place.holder, place.name, found)

    def _renamed(self, place: Place) -> str:
        """Return the name under which the new value stands: that of a choice tells its type."""
        stem = choice(place.name, self._path.last or "")
        if stem is None:
            return place.name
        wanted = shape(place.inside, stem, type_of(self._parts.get(VALUE, {})))
        return place.name if wanted is None else wanted.name

    def _only(self, places: list[Place]) -> Place:
        if len(places) != 1:
            raise Unprocessable(f"the path leads to {len(places)} elements, not to one")
        return places[0]

    def _part(self, places: list[Place]) -> Place:
        place = self._only(places)
        if not place.name:
            raise Unprocessable("the resource as a whole is no part of it: update or delete it")
        return place

    def _list(self) -> tuple[dict[str, Any], Shape]:
        """Return what holds the list that the path names, and the list's shape."""
        if self._path.last is None:
            raise Invalid("the path must end in the name of a list")
        place = self._only(self._path.holders(self._resource))
        wanted = self._wanted(place, self._path.last)
        if not wanted.repeats:
            raise Unprocessable("the path does not name a list")
        return place.opened(), wanted

    def _wanted(self, place: Place, name: str) -> Shape:
        found = shape(place.inner_definition, name, type_of(self._parts.get(VALUE, {})))
        if found is None:
            raise Unprocessable("there is no such element")
        return found

    def _value(self, wanted: Shape) -> Any:
        if VALUE not in self._parts:
            raise Invalid("value is missing")
        return value_of(self._parts[VALUE], wanted.definition)

    def _text(self, name: str) -> str:
        found = next(values(self._parts.get(name, {})), None)
        if not isinstance(found, str):
            raise Invalid(f"{name} is missing or not text")
        return found

    def _number(self, name: str) -> int:
        found = next(values(self._parts.get(name, {})), None)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise Invalid(f"{name} must be a whole number, 0 or more")
        return found


RUN: dict[str, Callable[[_Operation], None]] = {
    "add": _Operation.add,
    "insert": _Operation.insert,
    "delete": _Operation.delete,
    "replace": _Operation.replace,
    "move": _Operation.move,
}

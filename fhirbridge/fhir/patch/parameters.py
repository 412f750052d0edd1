"""FHIRPath Patch: a Parameters resource of operations. https://hl7.org/fhir/R4/fhirpatch.html."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from fhirbridge.fhir.errors import FhirError, Invalid, Unprocessable
from fhirbridge.fhir.patch import path
from fhirbridge.fhir.patch.place import Place
from fhirbridge.fhir.patch.shape import Shape, shape

MOST_OPERATIONS = 1000
PARTS = ("type", "path", "name", "value", "index", "source", "destination")
VALUE = "value"

Part = dict[str, Any]


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
    if len(given) > MOST_OPERATIONS or any(_name(one) != "operation" for one in given):
        raise Invalid(f"A patch holds at most {MOST_OPERATIONS} parameters, each an operation")
    return [_parts(one) for one in given]


def _parts(operation: Part) -> dict[str, Part]:
    given = operation.get("part")
    parts = given if isinstance(given, list) else []
    found = {_name(part): part for part in parts}
    if len(found) != len(parts) or not found.keys() <= set(PARTS):
        raise Invalid(f"An operation has parts called {', '.join(PARTS)}, each once")
    return found


def _name(part: Any) -> str:
    return str(part.get("name")) if isinstance(part, dict) else ""


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
        holder = place.value
        wanted = self._wanted(place, self._text("name"))
        if not isinstance(holder, dict) or (wanted.name in holder and not wanted.repeats):
            raise Unprocessable("the element is there already")
        value = self._value(wanted)
        if wanted.repeats:
            _plain(holder, wanted.name)
            holder.setdefault(wanted.name, []).append(value)
        else:
            holder[wanted.name] = value

    def insert(self) -> None:
        holder, wanted = self._list()
        found = holder.get(wanted.name, [])
        index = self._number("index")
        if index > len(found):
            raise Unprocessable("the index is past the end of the list")
        found.insert(index, self._value(wanted))
        holder[wanted.name] = found

    def move(self) -> None:
        holder, wanted = self._list()
        found = holder.get(wanted.name, [])
        source, destination = self._number("source"), self._number("destination")
        if max(source, destination) >= len(found):
            raise Unprocessable("an index is past the end of the list")
        found.insert(destination, found.pop(source))

    def delete(self) -> None:
        places = self._path.places(self._resource)
        if not places:
            return
        place = self._only(places)
        if place.index is None:
            del place.holder[place.name]
            place.holder.pop(f"_{place.name}", None)
        else:
            _plain(place.holder, place.name)
            del place.holder[place.name][place.index]

    def replace(self) -> None:
        place = self._only(self._path.places(self._resource))
        if place.name == "":
            raise Unprocessable("the resource as a whole is replaced by an update")
        value = self._value(Shape(place.name, place.definition, repeats=False))
        if place.index is None:
            place.holder.pop(f"_{place.name}", None)
            place.holder[place.name] = value
        else:
            _plain(place.holder, place.name)
            place.holder[place.name][place.index] = value

    def _only(self, places: list[Place]) -> Place:
        if len(places) != 1:
            raise Unprocessable(f"the path leads to {len(places)} elements, not to one")
        return places[0]

    def _list(self) -> tuple[dict[str, Any], Shape]:
        """Return what holds the list that the path names, and the list's shape."""
        if self._path.last is None:
            raise Invalid("the path must end in the name of a list")
        place = self._only(self._path.holders(self._resource))
        wanted = self._wanted(place, self._path.last)
        if not isinstance(place.value, dict) or not wanted.repeats:
            raise Unprocessable("the path does not name a list")
        _plain(place.value, wanted.name)
        return place.value, wanted

    def _wanted(self, place: Place, name: str) -> Shape:
        found = shape(place.definition, name, _type_of(self._parts.get(VALUE, {})))
        if found is None:
            raise Unprocessable("there is no such element")
        return found

    def _value(self, wanted: Shape) -> Any:
        if VALUE not in self._parts:
            raise Invalid("value is missing")
        return _value(self._parts[VALUE], wanted.definition)

    def _text(self, name: str) -> str:
        found = next(_values(self._parts.get(name, {})), None)
        if not isinstance(found, str):
            raise Invalid(f"{name} is missing or not text")
        return found

    def _number(self, name: str) -> int:
        found = next(_values(self._parts.get(name, {})), None)
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


def _plain(holder: dict[str, Any], name: str) -> None:
    """Raise Unprocessable for a list whose extensions stand apart and would be misplaced."""
    if f"_{name}" in holder:
        raise Unprocessable("the list's items have extensions: use a JSON Patch")


def _values(part: Part) -> Iterator[Any]:
    yield from (one for key, one in part.items() if key.startswith(VALUE))


def _type_of(part: Part) -> str:
    """Return the type of the value in a part, as it ends a choice element's name."""
    return next((key.removeprefix(VALUE) for key in part if key.startswith(VALUE)), "")


def _value(part: Part, definition: str | None) -> Any:
    """Return a part's value: its `value[x]` or, of a type without a name, one made of its parts.

    A copy: the patch is applied again when the write lost a race.
    """
    values = list(_values(part))
    if len(values) == 1:
        return deepcopy(values[0])
    parts = part.get("part")
    if values or not isinstance(parts, list) or not parts:
        raise Invalid("a value has one value[x], or parts")
    made: dict[str, Any] = {}
    for one in parts:
        found = shape(definition, _name(one), _type_of(one) if isinstance(one, dict) else "")
        if found is None or (found.name in made and not found.repeats):
            raise Unprocessable("a part of the value is no element there, or one too many")
        value = _value(one, found.definition)
        if found.repeats:
            made.setdefault(found.name, []).append(value)
        else:
            made[found.name] = value
    return made

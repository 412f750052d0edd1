"""JSON Patch: https://www.rfc-editor.org/rfc/rfc6902, paths as of rfc6901."""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from fhirbridge.fhir.errors import Invalid, Unprocessable

MOST_OPERATIONS = 1000
# Copying into itself doubles a document with every operation.
MOST_COPIED = 100_000
INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
TILDE = re.compile(r"~(?![01])")

Steps = tuple[str, ...]


def apply(resource: dict[str, Any], operations: Any) -> Any:
    """Return `resource` changed by `operations`, in order; `resource` itself may be changed too.

    Raises Invalid when `operations` is not a JSON Patch, Unprocessable when one does not fit.
    """
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        raise Invalid(f"A JSON Patch is an array of at most {MOST_OPERATIONS} operations")
    patched = _Document(resource)
    try:
        for number, operation in enumerate(operations):
            patched.take(number, operation)
    except RecursionError:
        raise Unprocessable("The patch nests the resource too deeply") from None
    return patched.root[""]


class _Document:
    """A document while it is patched; `root` holds it under the empty name."""

    def __init__(self, resource: dict[str, Any]) -> None:
        self.root: dict[str, Any] = {"": resource}
        self._number = 0
        self._copied = 0

    def take(self, number: int, operation: Any) -> None:
        self._number = number
        run = RUN.get(str(operation.get("op"))) if isinstance(operation, dict) else None
        if run is None:
            raise self._malformed("op must be add, remove, replace, move, copy or test")
        run(self, operation)

    def add(self, operation: dict[str, Any]) -> None:
        self._put(self._steps(operation, "path"), self._value(operation))

    def remove(self, operation: dict[str, Any]) -> None:
        self._taken(self._steps(operation, "path"))

    def replace(self, operation: dict[str, Any]) -> None:
        steps, value = self._steps(operation, "path"), self._value(operation)
        holder, last = self._holder(steps)
        self._child(holder, last)
        holder[self._position(holder, last)] = value

    def move(self, operation: dict[str, Any]) -> None:
        source, steps = self._steps(operation, "from"), self._steps(operation, "path")
        if steps[: len(source)] == source and steps != source:
            raise self._refused("nothing can be moved into itself")
        self._put(steps, self._taken(source))

    def copy(self, operation: dict[str, Any]) -> None:
        source, steps = self._steps(operation, "from"), self._steps(operation, "path")
        value = self._child(*self._holder(source))
        self._copied += _size(value)
        if self._copied > MOST_COPIED:
            raise self._refused("the patch copies too much")
        self._put(steps, deepcopy(value))

    def test(self, operation: dict[str, Any]) -> None:
        steps, value = self._steps(operation, "path"), self._value(operation)
        if not _equal(self._child(*self._holder(steps)), value):
            raise self._refused("the test does not hold")

    def _steps(self, operation: dict[str, Any], name: str) -> Steps:
        """Return the path in the member `name`, below the root."""
        text = operation.get(name)
        if not isinstance(text, str) or (text and text[0] != "/") or TILDE.search(text):
            raise self._malformed(f"{name} must be a JSON Pointer")
        steps = text.split("/")
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)

    def _value(self, operation: dict[str, Any]) -> Any:
        """Return a copy: the patch is applied again when the write lost a race."""
        if "value" not in operation:
            raise self._malformed("value is missing")
        return deepcopy(operation["value"])

    def _holder(self, steps: Steps) -> tuple[Any, str]:
        """Return what holds the last step of a path, and that step."""
        node: Any = self.root
        for step in steps[:-1]:
            node = self._child(node, step)
        return node, steps[-1]

    def _child(self, holder: Any, step: str) -> Any:
        if isinstance(holder, dict) and step in holder:
            return holder[step]
        if isinstance(holder, list) and INDEX.fullmatch(step) and int(step) < len(holder):
            return holder[int(step)]
        raise self._refused("the path leads nowhere")

    def _position(self, holder: Any, step: str) -> Any:
        return int(step) if isinstance(holder, list) else step

    def _put(self, steps: Steps, value: Any) -> None:
        holder, last = self._holder(steps)
        if isinstance(holder, dict):
            holder[last] = value
            return
        place = str(len(holder)) if isinstance(holder, list) and last == "-" else last
        if not isinstance(holder, list) or not INDEX.fullmatch(place) or int(place) > len(holder):
            raise self._refused("the path leads nowhere")
        holder.insert(int(place), value)

    def _taken(self, steps: Steps) -> Any:
        holder, last = self._holder(steps)
        value = self._child(holder, last)
        del holder[self._position(holder, last)]
        if not self.root:
            raise self._refused("the resource itself cannot be removed")
        return value

    def _malformed(self, reason: str) -> Invalid:
        return Invalid(f"Operation {self._number} of the patch: {reason}")

    def _refused(self, reason: str) -> Unprocessable:
        return Unprocessable(f"Operation {self._number} of the patch: {reason}")


RUN: dict[str, Callable[[_Document, dict[str, Any]], None]] = {
    "add": _Document.add,
    "remove": _Document.remove,
    "replace": _Document.replace,
    "move": _Document.move,
    "copy": _Document.copy,
    "test": _Document.test,
}


def _size(value: Any) -> int:
    """Return how many values are in `value`, itself counted."""
    children = value.values() if isinstance(value, dict) else value
    return 1 + (sum(map(_size, children)) if isinstance(value, dict | list) else 0)


def _equal(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)

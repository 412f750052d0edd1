"""Where a value is found: dotted paths into an item, its record, the request or a related record.

`name` in the item, `/name` in the record, `@name` in the request's parameters or a related record,
`.` the item itself; `a|b` is the first that is not empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fhirbridge.mapping.outcome import Context


@dataclass(frozen=True, slots=True)
class Scope:
    """What paths start from."""

    item: Any
    record: Mapping[str, Any]
    context: Context

    def inside(self, item: Any) -> "Scope":
        """Return the scope of an element of a list in the item."""
        return Scope(item, self.record, self.context)


def look(path: str, scope: Scope) -> Any:
    """Return the first value of `a|b|c` that is there and not empty, else None."""
    for one in path.split("|"):
        found = _one(one.strip(), scope)
        if found not in (None, ""):
            return found
    return None


def elements(path: str, scope: Scope) -> list[Any]:
    """Return the list at `path`; a single value stands for a list of one."""
    found = look(path, scope)
    return list(found) if isinstance(found, list | tuple) else [] if found is None else [found]


def _one(path: str, scope: Scope) -> Any:
    if path == ".":
        return scope.item
    if path.startswith("/"):
        return _step(scope.record, path[1:].split("."))
    if path.startswith("@"):
        return _outside(path[1:].split("."), scope.context)
    return _step(scope.item, path.split("."))


def _outside(steps: list[str], context: Context) -> Any:
    if steps[0] == "patient":
        return context.patient
    if steps[0] in context.related:
        return _step(context.related[steps[0]], steps[1:])
    return context.parameters.get(".".join(steps))


def _step(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value

"""Where a value is found: dotted paths into an item, its record, the request or a related record.

`name` in the item, `/name` in the record, `@name` in the request's parameters or a related record,
`.` the item itself; `a|b` is the first that is not empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fhirbridge.mapping.outcome import Context

ITSELF, RECORD, OUTSIDE = ".", "/", "@"
STARTS = (RECORD, OUTSIDE)


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
    for start, steps in _parsed(path):
        found = _one(start, steps, scope)
        if found is not None and found != "":
            return found
    return None


def elements(path: str, scope: Scope) -> list[Any]:
    """Return the list at `path`; a single value stands for a list of one."""
    found = look(path, scope)
    return list(found) if isinstance(found, list | tuple) else [] if found is None else [found]


@lru_cache(maxsize=4096)
def _parsed(path: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return of each alternative the sign of where it starts ("" for the item), and its steps."""
    found = []
    for one in map(str.strip, path.split("|")):
        start = one[0] if one[:1] in STARTS else ""
        steps = () if one == ITSELF else tuple(one.removeprefix(start).split("."))
        found.append((start, steps))
    return tuple(found)


def _one(start: str, steps: tuple[str, ...], scope: Scope) -> Any:
    if start == OUTSIDE:
        return _outside(steps, scope.context)
    return _step(scope.record if start == RECORD else scope.item, steps)


def _outside(steps: tuple[str, ...], context: Context) -> Any:
    if steps[0] == "patient":
        return context.patient
    if steps[0] in context.related:
        return _step(context.related[steps[0]], steps[1:])
    return context.parameters.get(".".join(steps))


def _step(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if isinstance(value, dict | Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value

"""The items of a list, with the extensions of primitive ones, which JSON keeps in a second list.

https://hl7.org/fhir/R4/json.html#primitive
"""

from itertools import zip_longest
from typing import Any, NamedTuple

from fhirbridge.fhir.errors import Unprocessable


class Item(NamedTuple):
    """One item: its value, and what stands beside a primitive (None: nothing)."""

    value: Any
    beside: Any = None


def items(holder: dict[str, Any], name: str) -> list[Item]:
    """Return the items of the list `name`; raises Unprocessable for what is no list."""
    lists = [holder.get(name, []), holder.get(f"_{name}", [])]
    if not all(isinstance(one, list) for one in lists):
        raise Unprocessable("what is a list elsewhere is none there")
    return [Item(value, beside) for value, beside in zip_longest(*lists)]


def keep(holder: dict[str, Any], name: str, kept: list[Item]) -> None:
    """Make `kept` the list `name`; a list of nothing is left out."""
    for key, values in (
        (name, [one.value for one in kept]),
        (f"_{name}", [one.beside for one in kept]),
    ):
        if any(value is not None for value in values):
            holder[key] = values
        else:
            holder.pop(key, None)


def tidy(node: Any) -> None:
    """Take out what stands beside primitives and has become empty, anywhere in `node`."""
    if isinstance(node, list):
        for one in node:
            tidy(one)
    elif isinstance(node, dict):
        for name in [key for key in node if key.startswith("_")]:
            _tidy_beside(node, name.removeprefix("_"))
        for one in node.values():
            tidy(one)


def _tidy_beside(holder: dict[str, Any], name: str) -> None:
    if isinstance(holder[f"_{name}"], list):
        kept = [Item(one.value, one.beside or None) for one in items(holder, name)]
        keep(holder, name, kept)
    elif not holder[f"_{name}"]:
        del holder[f"_{name}"]

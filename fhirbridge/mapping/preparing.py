"""What is done to the list of an answer before its elements are mapped one by one.

A closed set, like the words: each preparation is named in `streams.yaml` and explained in
docs/mapping.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.mapping.paths import Scope, elements, look
from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Options, Surroundings
from fhirbridge.terminology.homoglyphs import latin


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the list by its place in the answer; None: it was made of several."""

    index: int | None
    value: Any


@dataclass(frozen=True, slots=True)
class Prepared:
    """The elements to map, those that are not, and remarks: (index, code or reason, text)."""

    elements: tuple[Element, ...]
    rejected: tuple[tuple[int, str, str], ...] = ()
    ignored: tuple[tuple[int, str], ...] = ()
    notes: tuple[tuple[int, str, str], ...] = ()
    groups: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)


Preparation = Callable[[list[Any], Scope, Options, Surroundings], Prepared]


def untouched(
    found: list[Any], _scope: Scope, _options: Options, _around: Surroundings
) -> Prepared:
    """Return every element as it came."""
    return Prepared(tuple(Element(at, value) for at, value in enumerate(found)))


def repeats(found: list[Any], scope: Scope, options: Options, _around: Surroundings) -> Prepared:
    """Return the elements numbered by `repeat` among those that agree in the fields `by:`.

    One that agrees with an earlier one also in the fields `same:` is a duplicate and left out.
    `group:` adds the groups that share a field: a panel and its `members`.
    """
    seen: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    kept, ignored = [], []
    for at, value in enumerate(found):
        here = scope.inside(value)
        earlier = seen.setdefault(_fields(options["by"], here), [])
        content = _fields(options["same"], here)
        if content in earlier:
            ignored.append((at, "a duplicate of an earlier item"))
            continue
        earlier.append(content)
        fields = value if isinstance(value, dict) else {"value": value}
        kept.append(Element(at, {**fields, "repeat": len(earlier)}))
    groups = _groups(kept, str(options.get("group", "")))
    return Prepared(tuple(kept), ignored=tuple(ignored), groups=groups)


def joined(
    found: list[Any], scope: Scope, joins: Mapping[str, Mapping[str, str]]
) -> tuple[list[Any], list[tuple[int, str, str]]]:
    """Return the elements with the matching element of a related list under the join's name.

    `list:` is where to look, `where:` the field there, `equals:` the field here. The second list
    are remarks: an element that names one which the related list does not have.
    """
    whole, notes = [], []
    for at, value in enumerate(found):
        more: dict[str, Any] = {}
        for name, join in joins.items():
            wanted = text(look(join["equals"], scope.inside(value)))
            others = [one for one in elements(join["list"], scope) if isinstance(one, dict)]
            match = [one for one in others if wanted and text(one.get(join["where"])) == wanted]
            more |= {name: match[0]} if match else {}
            if wanted and others and not match:
                notes.append((at, f"unknown-{name}", "it is not one of this order"))
        whole.append({**value, **more} if more else value)
    return whole, notes


def _groups(kept: list[Element], name: str) -> dict[str, tuple[Element, ...]]:
    found: dict[str, list[Any]] = {}
    for element in kept:
        if name and (shared := text(element.value.get(name))):
            found.setdefault(latin(shared), []).append(element.value)
    whole = [Element(None, {**members[0], "members": members}) for members in found.values()]
    return {f"{name}s": tuple(whole)} if name else {}


def _fields(paths: list[str], scope: Scope) -> tuple[str, ...]:
    return tuple(latin(text(look(path, scope)) or "") for path in paths)

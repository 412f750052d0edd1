"""The shape of the resource, with leaves instead of values: parsed once, filled for each item.

A constant maps to itself. A dict with `from:` or `as:` is a leaf, one with `each:` a list. An
object whose leaves all stay empty is left out, its constants with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.mapping.words import WORDS
from fhirbridge.mapping.words.word import Key, Word

KEYED = frozenset({"id", "reference"})
# Ends the name of a member whose elements are those of the object around it.
SPREAD = "[x]"


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is the same for every item."""

    value: Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value read from the item: paths, the word that reads it, and the word's options."""

    source: Any
    name: str
    word: Word
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Each:
    """One value per element of a list: at a path, or as a word makes it of a text."""

    source: "str | Leaf"
    make: "Node"


@dataclass(frozen=True, slots=True)
class Items:
    """A list written out; an `Each` in it contributes all of its values."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Object:
    """An object; `living` members may stay empty; without `only_with` it is left out.

    The elements of the members `spread` are its own.
    """

    members: tuple[tuple[str, "Node"], ...]
    living: frozenset[str]
    only_with: str = ""
    spread: tuple[str, ...] = ()


Node = Constant | Leaf | Each | Items | Object


@dataclass(frozen=True, slots=True)
class Reading:
    """What parsing looks names up in: the file's name, the code maps and the keys there are."""

    file: str
    maps: frozenset[str]
    keys: Mapping[str, Key]

    def fail(self, where: str, message: str) -> ConfigurationError:
        """Return the error to raise about the field `where` of the file."""
        return ConfigurationError(f"{self.file}: {where}: {message}")


def parse(value: Any, where: str, reading: Reading) -> Node:
    """Return the template that `value` is. Raises ConfigurationError naming file and field."""
    if isinstance(value, list):
        return Items(tuple(parse(one, f"{where}[{at}]", reading) for at, one in enumerate(value)))
    if not isinstance(value, dict):
        return Constant(value)
    if "each" in value:
        if set(value) != {"each", "make"}:
            raise reading.fail(where, "each: goes with make: and nothing else")
        source = value["each"]
        return Each(
            source if isinstance(source, str) else leaf(source, f"{where}.each", reading),
            parse(value["make"], f"{where}.make", reading),
        )
    if "from" in value or "as" in value:
        return leaf(value, where, reading)
    members = [(k, parse(v, f"{where}.{k}", reading)) for k, v in value.items() if k != "only-with"]
    living = frozenset(name for name, node in members if _lives(node))
    spread = tuple(name for name, _ in members if name.endswith(SPREAD))
    return Object(tuple(members), living, str(value.get("only-with", "")), spread)


def leaf(value: Mapping[str, Any], where: str, reading: Reading) -> Leaf:
    """Return the leaf that `value` is; every name in it must be known."""
    name = str(value.get("as", "text"))
    word = WORDS.get(name)
    if word is None:
        raise reading.fail(where, f"{name!r} is not a word")
    options = {key: one for key, one in value.items() if key not in {"from", "as"}}
    if unknown := sorted(set(options) - word.options):
        raise reading.fail(where, f"{name!r} has no option {unknown[0]!r}")
    for kind, known in (
        ("map", reading.maps),
        ("absent", reading.maps),
        ("order", reading.maps),
        ("key", reading.keys),
    ):
        if kind in options and options[kind] not in known:
            raise reading.fail(where, f"there is no {kind} {options[kind]!r}")
    source = value.get("from")
    _check_source(source, name, where, reading, options)
    return Leaf(source, name, word, options)


def paths(source: Any) -> Iterator[str]:
    """Return every path in what `from:` says."""
    if isinstance(source, str):
        yield from (one.strip() for one in source.split("|"))
    elif isinstance(source, Mapping):
        for one in source.values():
            yield from paths(one)
    elif isinstance(source, list):
        for one in source:
            yield from paths(one)


def _lives(node: Node) -> bool:
    """Return whether the node may be empty: it holds a leaf or a list of the record."""
    match node:
        case Items(nodes):
            return any(map(_lives, nodes))
        case Object(_, living):
            return bool(living)
        case _:
            return not isinstance(node, Constant)


def _check_source(
    source: Any, name: str, where: str, reading: Reading, options: Mapping[str, Any]
) -> None:
    inputs = WORDS[name].inputs
    if name in KEYED:
        wanted = len(reading.keys[options["key"]].words) if "key" in options else -1
        if not isinstance(source, list) or len(source) != wanted:
            raise reading.fail(where, f"{name!r} needs a list of {wanted} paths")
    elif inputs:
        if not isinstance(source, dict) or (set(source) - inputs):
            raise reading.fail(where, f"{name!r} reads {', '.join(sorted(inputs))}")
    elif not isinstance(source, str):
        raise reading.fail(where, f"{name!r} reads one path")

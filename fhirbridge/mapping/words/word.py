"""What a word of the mapping language is: a pure function from a value to a piece of a resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.mapping.outcome import Context
from fhirbridge.terminology.maps import LaboratoryMap

Options = Mapping[str, Any]
Maps = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Key:
    """How ids of one kind are made: the resource type and a word for each part of the key."""

    type_: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a word may look at beside its value: the request, the code maps and the keys.

    `groups` are the signs that group digits beside spaces, where the source declares such.
    """

    context: Context
    maps: Maps = field(default_factory=dict)
    tests: LaboratoryMap = field(default_factory=lambda: LaboratoryMap({}, {}))
    keys: Mapping[str, Key] = field(default_factory=dict)
    groups: str = ""

    def expand(self, constant: str) -> str:
        """Return `constant` with the bases of local systems filled in."""
        if "{" not in constant:
            return constant
        base = constant.replace("{sys}", self.context.system_base)
        return base.replace("{source}", self.context.source)


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with remarks on its quality: pairs of a code and a text."""

    value: Any
    notes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word: its function, and the names that its inputs and options may have.

    `inputs` empty: it reads one value. Otherwise `from:` names them, and the function gets a dict
    that has all of them (None where the record has nothing). A function returns None for nothing,
    or `Noted`, and raises `Refused` where the item must not be published.
    """

    read: Callable[[Any, Options, Surroundings], Any]
    inputs: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()


def word(
    read: Callable[[Any, Options, Surroundings], Any], inputs: str = "", options: str = ""
) -> Word:
    """Return the word that `read` is; names are separated by spaces."""
    return Word(read, frozenset(inputs.split()), frozenset(options.split()))


def plain(read: Callable[[Any], Any]) -> Word:
    """Return the word that `read` is when it needs neither options nor surroundings."""
    return Word(lambda value, _options, _around: read(value))


def spelled(value: object) -> str:
    """Return how a value is compared with a code map: trimmed, without case, ё as е."""
    return " ".join(str(value).split()).casefold().replace("ё", "е")

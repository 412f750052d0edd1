"""Who a person in a source's record is: keys by strength, and never a guess. Pure.

A phone or an e-mail is no key: parents book for children, spouses share numbers.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

EVERYWHERE = "*"
NOT_A_LETTER = re.compile(r"[\W_]+")
LOOKALIKES = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")


class Kind(StrEnum):
    """What a key is made of, strongest first."""

    OWN = "own"
    SNILS = "snils"
    ENP = "enp"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Key:
    """One thing a person is known by; `source` is EVERYWHERE for what the state gave."""

    source: str
    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Person:
    """What a record says about a person. SNILS and ENP only when valid; dates as YYYY-MM-DD."""

    own: str | None = None
    snils: str | None = None
    enp: str | None = None
    family: str | None = None
    given: str | None = None
    patronymic: str | None = None
    birth_date: str | None = None
    sex: str | None = None

    def differences(self, other: "Person") -> frozenset[str]:
        """Return the fields that both know and in which they differ."""
        return frozenset(
            field.name
            for field in fields(self)
            if (mine := getattr(self, field.name)) is not None
            and (theirs := getattr(other, field.name)) is not None
            and folded(mine) != folded(theirs)
        )


@dataclass(frozen=True, slots=True)
class Same:
    """This known patient, under `patient`. `bind`: keys that are new for it.

    `also`: other patients that weaker keys point to, for the operators' list.
    """

    patient: str
    bind: tuple[Key, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class New:
    """Nobody known by any of the keys."""

    bind: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A key says one person, the facts say another: for the operators, never linked."""

    patient: str
    kind: Kind
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nobody:
    """The record does not say enough to be a person."""


Answer = Same | New | Conflict | Nobody
# Which differences make a match by this key doubtful. A source's own id survives a marriage or a
# corrected birth date, but not both at once; a state number survives neither.
CONTRADICTED: Mapping[Kind, Callable[[frozenset[str]], bool]] = {
    Kind.OWN: lambda different: len(different & {"family", "given", "birth_date", "snils"}) > 1,
    Kind.SNILS: lambda different: bool(different & {"family", "birth_date"}),
    Kind.ENP: lambda different: "birth_date" in different,
    Kind.PERSON: lambda different: "snils" in different,
}


def folded(text: str) -> str:
    """Return `text` as it is compared: upper case, ё as е, no spaces, hyphens or Latin doubles."""
    return NOT_A_LETTER.sub("", text).upper().replace("Ё", "Е").translate(LOOKALIKES)


def keys(source: str, person: Person) -> tuple[Key, ...]:
    """Return what `person` can be recognised by, strongest first."""
    return tuple(_keys(source, person))


def _keys(source: str, person: Person) -> Iterator[Key]:
    if person.own:
        yield Key(source, Kind.OWN, person.own)
    if person.snils:
        yield Key(EVERYWHERE, Kind.SNILS, person.snils)
    if person.enp:
        yield Key(EVERYWHERE, Kind.ENP, person.enp)
    names = (person.family, person.given, person.patronymic)
    if all(names) and person.birth_date and person.sex:
        words = [folded(name) for name in names if name]
        yield Key(EVERYWHERE, Kind.PERSON, "|".join([*words, person.birth_date, person.sex]))


def decide(
    source: str,
    person: Person,
    find: Callable[[Key], str | None],
    facts: Callable[[str], Person],
) -> Answer:
    """Return who `person` is. `find` says whose a key is, `facts` what is known of a patient."""
    known = {key: find(key) for key in keys(source, person)}
    matches = [(key, patient) for key, patient in known.items() if patient is not None]
    if not known:
        return Nobody()
    if not matches:
        return New(tuple(known))
    key, patient = matches[0]
    different = person.differences(facts(patient))
    if CONTRADICTED[key.kind](different):
        return Conflict(patient, key.kind, tuple(sorted(different)))
    fresh = tuple(k for k, owner in known.items() if owner is None)
    also = tuple(dict.fromkeys(owner for _, owner in matches if owner != patient))
    return Same(patient, fresh, also)

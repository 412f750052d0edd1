"""Words for people: https://hl7.org/fhir/R4/datatypes.html#HumanName.

A patronymic is the second given name, as the Russian core profiles say.
"""

import re
from collections.abc import Mapping
from typing import Any

from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Options, Surroundings

INITIALS = re.compile(r"(?:\w\.\s*){1,2}")
PLACEHOLDERS = frozenset({"-", "–", "—", "."})


def name(source: Mapping[str, Any], _options: Options, _around: Surroundings) -> Any:
    """Return a HumanName of `family given patronymic`, else split from `full`; None for none."""
    parts = [part for part in map(_part, (source["family"],)) if part]
    given = [part for part in map(_part, (source["given"], source["patronymic"])) if part]
    if not parts:
        parts, given = split(_part(source["full"]) or "")
    if not parts:
        return None
    whole = " ".join([*parts, *given])
    human = {"use": "official", "family": parts[0], "given": given, "text": _written(source, whole)}
    return {element: value for element, value in human.items() if value}


def split(full: str) -> tuple[list[str], list[str]]:
    """Return ([family], given names): the first word, the second, and the rest as patronymic."""
    family, _, rest = full.partition(" ")
    if INITIALS.fullmatch(rest):
        return [family], [f"{letter}." for letter in re.findall(r"\w", rest)]
    first, _, patronymic = rest.partition(" ")
    return [family] if family else [], [part for part in (first, patronymic) if part]


def not_a_person(value: Any, options: Options, _around: Surroundings) -> str | None:
    """Return a reason when the text holds one of `words:` (a room in the list of doctors)."""
    written = (text(value) or "").casefold()
    found = [word for word in options["words"] if word in written]
    return f"not a person: its name holds «{found[0]}»" if found else None


def _part(value: Any) -> str | None:
    written = text(value)
    return None if written in PLACEHOLDERS else written


def _written(source: Mapping[str, Any], whole: str) -> str:
    return text(source["full"]) or whole

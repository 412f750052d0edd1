"""The word `flag`: what the laboratory says about a result, checked against its own range.

https://terminology.hl7.org/CodeSystem-v3-ObservationInterpretation.html
"""

from collections.abc import Mapping
from typing import Any

from fhirbridge.fhir.json import Literal
from fhirbridge.mapping.words.number import number, order, ungrouped
from fhirbridge.mapping.words.reference_range import limits, reversed_
from fhirbridge.mapping.words.result import interpretation
from fhirbridge.mapping.words.text import FALSE, text
from fhirbridge.mapping.words.word import Noted, Options, Surroundings, spelled

ABNORMAL = frozenset({"true", "да", "1", "y", "yes", "+", "*", "a", "abnormal"})
FLAGS = {
    "h": "H", "l": "L", "n": "N", "hh": "HH", "ll": "LL", "a": "A", "aa": "AA",
    "↑": "H", "↓": "L", "↑↑": "HH", "↓↓": "LL", "-1": "L", "1": "H", "0": "N",
    "s": "S", "i": "I", "r": "R", "ч": "S", "у": "I", "р": "R",
}  # fmt: skip
DIRECTIONS = {"H": "H", "HH": "H", "L": "L", "LL": "L", "N": "N"}


def flag(
    source: Mapping[str, Any], options: Options, around: Surroundings
) -> list[dict[str, Any]] | Noted | None:
    """Return the interpretation of `flag` (a code), else of `abnormal` (yes or no); None for none.

    Yes without a direction becomes H or L by the range, A where that says nothing. What the
    laboratory says stays even against its own range, with a note. `map:` holds its own flags; a
    `state` of the map `absent:` means that there is nothing to flag.
    """
    if spelled(source["state"] or "") in (around.maps.get(options.get("absent", "")) or {}):
        return None
    own = around.maps.get(options.get("map", ""), {})
    direction = _direction(source, around.groups)
    said = _said(source["flag"], own) or _yes_or_no(source["abnormal"], own, direction)
    if not said:
        unknown = text(source["flag"])
        return Noted(None, (("unknown-flag", unknown),)) if unknown else None
    if direction and DIRECTIONS.get(said, direction) != direction:
        note = ("flag-contradicts-range", f"flagged {said}, the range says {direction}")
        return Noted(interpretation(said), (note,))
    return interpretation(said)


def _said(value: Any, own: Mapping[str, str]) -> str:
    written = spelled(text(value) or "")
    return own.get(written) or FLAGS.get(written, "") if written else ""


def _yes_or_no(value: Any, own: Mapping[str, str], direction: str) -> str:
    written = spelled(text(value) or "")
    if written in FALSE:
        return "N"
    if written in ABNORMAL:
        return direction if direction in {"H", "L"} else "A"
    return _said(written, own)


def _direction(source: Mapping[str, Any], groups: str) -> str:
    """Return H, L or N by the numeric range; "" when it cannot be told."""
    value = number(ungrouped(text(source["value"]) or "", groups))
    low, high, _ = limits(source, groups)
    if value is None or reversed_(low, high):
        return ""
    return _certain(value.comparator, value.value, low, high)


def _certain(sign: str, value: Literal, low: Literal | None, high: Literal | None) -> str:
    """Return the direction only where the comparator leaves no doubt."""
    if not sign:
        return order(value, low, high)
    if sign.startswith("<"):
        return "L" if low is not None and value <= low else ""
    return "H" if high is not None and value >= high else ""

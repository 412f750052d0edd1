"""The word `range`: https://hl7.org/fhir/R4/observation-definitions.html#Observation.referenceRange."""

import re
from collections.abc import Mapping
from typing import Any

from fhirbridge.fhir.json import Literal
from fhirbridge.mapping.words.number import number, stretch, ungrouped, whole
from fhirbridge.mapping.words.quantity import Measure, quantity
from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Noted, Options, Surroundings

Bounds = tuple[Literal | None, Literal | None]
FROM_TO = re.compile(r"от\s+(?P<low>[\d.,]+)\s+до\s+(?P<high>[\d.,]+)", re.IGNORECASE)
FROM = re.compile(r"(?:от|≥|>=?|более|не менее)\s*(?P<low>[\d.,]+)", re.IGNORECASE)
UP_TO = re.compile(r"(?:до|≤|<=?|менее|не более)\s*(?P<high>[\d.,]+)", re.IGNORECASE)


def reference_range(
    source: Mapping[str, Any], _options: Options, around: Surroundings
) -> list[dict[str, Any]] | Noted | None:
    """Return the one referenceRange of `low`, `high` or `text`; None when all are empty.

    A bound that is no number makes a text; bounds the wrong way round keep the lower one and the
    text, with a note.
    """
    row = around.tests.find(text(source["code"]) or "").row or {}
    glued = number(text(source["value"]) or "")
    measure = Measure(text(source["unit"]) or "", row.get("loinc") or None)
    low, high, words = limits(source, around.groups)
    suspicious = reversed_(low, high)
    high = None if suspicious else high
    unit = measure.using(glued.rest if glued else "")
    bounds = {
        name: quantity(bound, "", unit).value
        for name, bound in (("low", low), ("high", high))
        if bound is not None
    }
    whole_ = {**bounds, **({"text": words} if words else {})}
    if not suspicious:
        return [whole_] if whole_ else None
    note = ("suspicious-range", "the upper bound is below the lower one")
    return Noted([whole_], (note,))


def limits(
    source: Mapping[str, Any], groups: str = ""
) -> tuple[Literal | None, Literal | None, str]:
    """Return both bounds and the text that must be shown beside them ("" when none).

    `source` has `low`, `high` and `text`; `groups` are the signs that group digits.
    """
    single = text(source["text"])
    if single:
        return *_of_text(ungrouped(single, groups)), single
    below, above = text(source["low"]) or "", text(source["high"]) or ""
    numbers = [whole(ungrouped(bound, groups)) for bound in (below, above)]
    found = [one.value if one and not one.comparator else None for one in numbers]
    plain = all(
        not bound or one is not None for bound, one in zip((below, above), found, strict=True)
    )
    if plain and not reversed_(found[0], found[1]):
        return found[0], found[1], ""
    shown = " - ".join(bound for bound in (below, above) if bound)
    return found[0], found[1], shown


def reversed_(low: Literal | None, high: Literal | None) -> bool:
    """Return whether the bounds stand the wrong way round."""
    return low is not None and high is not None and high < low


def _of_text(written: str) -> Bounds:
    if found := stretch(written):
        return (found[0], found[1]) if not found[2] else (None, None)
    for shape in (FROM_TO, FROM, UP_TO):
        if match := shape.fullmatch(written):
            bounds = match.groupdict()
            return _bound(bounds.get("low")), _bound(bounds.get("high"))
    return None, None


def _bound(written: str | None) -> Literal | None:
    found = whole(written) if written else None
    return found.value if found else None

"""The word `result`: the value of a laboratory test, or why there is none.

https://hl7.org/fhir/R4/observation.html#notes: the kind of value is the test's own, declared in
`tests.csv`; only an unknown test is read by the look of its value.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from fhirbridge.mapping.words.number import ambiguous, number, seconds, stretch, ungrouped
from fhirbridge.mapping.words.quantity import Measure, comparable, quantity, titre
from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.time import parsed
from fhirbridge.mapping.words.vocabulary import meaning
from fhirbridge.mapping.words.word import Noted, Options, Surroundings, spelled

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
DASHES = frozenset("-–—−")
ARROWS = {"↑": "H", "↓": "L"}
BLOOD_GROUP = re.compile(r"(?:AB|А?В|[0OABАВО])\s*\((?:IV|I{1,3})\)", re.IGNORECASE)
Elements = dict[str, Any]


def result(source: Mapping[str, Any], options: Options, around: Surroundings) -> Elements | Noted:
    """Return the elements of an Observation that the value decides.

    `absent:` names the map from a state to a data-absent-reason.
    """
    written = text(source["value"]) or ""
    row = around.tests.find(text(source["code"]) or "").row or {}
    type_ = text(source["type"]) or row.get("value_type", "")
    state = spelled(source["state"] or "")
    if state and (reason := around.maps.get(options["absent"], {}).get(state)) is not None:
        return _absent(reason) if reason else {}
    measure = Measure(text(source["unit"]) or "", row.get("loinc") or None, around.groups)
    return _special(written, type_, measure) or _typed(written, type_, measure)


def interpretation(code: str) -> list[Elements]:
    """Return the interpretation that a code of v3-ObservationInterpretation is; [] for ""."""
    return [{"coding": [{"system": INTERPRETATION, "code": code}]}] if code else []


def _special(written: str, type_: str, measure: Measure) -> Elements | Noted | None:
    """Return what a value that is no value means: nothing, a dash, a pointer, a defect."""
    if not written:
        return Noted(_absent("unknown"), (("missing-value", "a finished test without a value"),))
    if written in DASHES and type_ != "ord":
        notes = () if measure.unit or type_ else (("ambiguous-dash", "negative or no result"),)
        return Noted(_absent("unknown"), notes)
    kind, _ = meaning(written)
    if kind == "pointer":
        return _absent("as-text")
    if kind == "defect":
        return {"status": "cancelled", **_absent("error"), "note": [{"text": written}]}
    return None


def _typed(written: str, type_: str, measure: Measure) -> Elements | Noted:
    reader = READERS.get(type_, _sniffed)
    return reader(written, measure)


def _date(written: str, _measure: Measure) -> Elements | Noted:
    found = parsed(written)
    if found is None:
        return Noted({"valueString": written}, (("value-type", "a date was expected"),))
    return {"valueDateTime": found.date().isoformat()}


def _string(written: str, _measure: Measure) -> Elements:
    return {"valueString": written}


def _nominal(written: str, _measure: Measure) -> Elements:
    return {"valueCodeableConcept": {"text": written}}


def _ordinal(written: str, measure: Measure) -> Elements:
    code = "NEG" if written in DASHES else meaning(written)[1]
    whole = f"{written} {measure.unit}" if measure.unit and number(written) else written
    return _with({"valueCodeableConcept": {"text": whole}}, code)


def _numeric(written: str, measure: Measure) -> Elements | Noted:
    found = _measured(written, measure)
    if found is not None:
        return found
    kind, code = meaning(written)
    if kind == "word":
        return _with({"valueCodeableConcept": {"text": written}}, code)
    issue = "ambiguous-number" if ambiguous(written) else "value-type"
    return Noted({"valueString": written}, ((issue, "kept as text: no single number"),))


def _sniffed(written: str, measure: Measure) -> Elements | Noted:
    found = _measured(written, measure)
    if found is not None:
        return found
    kind, code = meaning(written)
    if kind == "word" or BLOOD_GROUP.match(written):
        return _with({"valueCodeableConcept": {"text": written}}, code)
    if ambiguous(written):
        return Noted({"valueString": written}, (("ambiguous-number", "two readings"),))
    return {"valueString": written}


READERS: Mapping[str, Callable[[str, Measure], Elements | Noted]] = {
    "num": _numeric,
    "titer": _numeric,
    "ord": _ordinal,
    "nom": _nominal,
    "text": _string,
    "date": _date,
}


def _measured(written: str, measure: Measure) -> Elements | Noted | None:
    """Return a Quantity, Range or Ratio; None when the text is neither."""
    bare, arrow, stars = _decorations(ungrouped(written, measure.groups))
    extra: Elements = {"note": [{"text": stars}]} if stars else {}
    if ratio := titre(bare):
        return _with({"valueRatio": ratio, **extra}, arrow)
    if (found := stretch(bare)) and comparable(found[2], measure):
        unit = {"unit": found[2] or measure.unit} if found[2] or measure.unit else {}
        low, high = {"value": found[0], **unit}, {"value": found[1], **unit}
        return _with({"valueRange": {"low": low, "high": high}, **extra}, arrow)
    if (time := seconds(bare)) is not None:
        return {"valueQuantity": quantity(time, "", Measure("с", measure.loinc)).value}
    one = number(bare)
    if one is None or not comparable(one.rest, measure):
        return None
    read = quantity(one.value, one.comparator, measure.using(one.rest))
    return Noted(_with({"valueQuantity": read.value, **extra}, arrow), read.notes)


def _decorations(written: str) -> tuple[str, str, str]:
    """Return the text without arrows and footnote stars, what the arrow means, and the stars."""
    arrow = next((code for sign, code in ARROWS.items() if sign in written), "")
    bare = written.replace("↑", "").replace("↓", "").strip()
    stars = re.search(r"\*+$", bare)
    return (bare[: stars.start()].strip(), arrow, stars[0]) if stars else (bare, arrow, "")


def _absent(reason: str) -> Elements:
    return {"dataAbsentReason": {"coding": [{"system": ABSENT, "code": reason}]}}


def _with(elements: Elements, code: str) -> Elements:
    return {**elements, "interpretation": interpretation(code)} if code else elements

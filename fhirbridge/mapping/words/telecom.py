"""Words for telephone numbers and e-mail: https://hl7.org/fhir/R4/datatypes.html#ContactPoint."""

import re
from typing import Any

import phonenumbers

from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Noted, Options, Surroundings

BETWEEN = re.compile(r"[,;/]\s*(?=[+(\d])")
EXTENSION = re.compile(r",?\s*(?:доб\.?|добавочный|вн\.?|ext\.?)\s*")


def phones(value: Any, options: Options, _around: Surroundings) -> list[dict[str, Any]] | Noted:
    """Return a ContactPoint per number in the text, in E.164; `region:` is the home country.

    A number that is none is kept as it was written, with a note.
    """
    found, notes = [], []
    for rank, part in enumerate(BETWEEN.split(_joined(value)) if text(value) else (), start=1):
        number = _number(part, str(options.get("region", "RU")))
        point: dict[str, Any] = {"system": "phone", "value": number or part.strip()}
        if number and number.startswith("+79"):
            point["use"] = "mobile"
        found.append({**point, "rank": rank})
        if not number:
            notes.append(("unusable-phone", "kept as it was written"))
    return Noted(found, tuple(notes)) if notes else found


def email(value: Any) -> str | Noted | None:
    """Return the address with its domain in lower case; None, with a note, when it is none."""
    written = text(value)
    if not written:
        return None
    name, at, domain = written.rpartition("@")
    if not (name and at and "." in domain) or " " in written:
        return Noted(None, (("unusable-email", "not an address"),))
    return f"{name}@{domain.lower()}"


def _joined(value: Any) -> str:
    """Return the text with the words for an extension in one spelling, which keeps commas out."""
    return EXTENSION.sub(" ext. ", text(value) or "")


def _number(part: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(part, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    plain = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={parsed.extension}" if parsed.extension else plain

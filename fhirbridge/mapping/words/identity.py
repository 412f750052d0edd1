"""Words for identifiers: СНИЛС, the GUIDs of 1C, policy numbers, ids and references."""

import re
from typing import Any

from fhirbridge.mapping.errors import Refused
from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Noted, Options, Surroundings

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
GUID = re.compile(r"[0-9a-f]{32}")
SNILS_DIGITS, POLICY_DIGITS = 11, 16
# Numbers up to this one have no checksum: https://ru.wikipedia.org/wiki/СНИЛС.
WITHOUT_CHECKSUM = 1_001_998


def guid(value: Any) -> str | None:
    """Return the GUID in lower case with hyphens; None when it is empty or none at all."""
    digits = re.sub(r"[\s{}-]", "", str(value or "")).lower()
    if not GUID.fullmatch(digits):
        return None
    whole = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return None if whole == EMPTY_GUID else whole


def snils_digits(value: Any) -> str | None:
    """Return the eleven digits; None for a placeholder or another length."""
    digits = re.sub(r"\D", "", str(value or ""))
    return digits if len(digits) == SNILS_DIGITS and digits.strip("0") else None


def snils_holds(digits: str) -> bool:
    """Return whether the checksum of eleven digits is right."""
    if not digits[:9].strip("0"):
        return False
    if int(digits[:9]) <= WITHOUT_CHECKSUM:
        return True
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9]))
    return total % 101 % 100 == int(digits[9:])


def snils(value: Any) -> str | Noted | None:
    """Return eleven digits; a wrong checksum is kept with a note, a placeholder is not."""
    digits = snils_digits(value)
    if digits is None:
        return Noted(None, (("unusable-snils", "no number"),)) if text(value) else None
    if snils_holds(digits):
        return digits
    return Noted(digits, (("snils-checksum", "never match on it"),))


def policy(value: Any) -> str | Noted | None:
    """Return the sixteen digits of a unified policy; None otherwise, with a note."""
    digits = re.sub(r"\s", "", str(value or ""))
    if not digits:
        return None
    if re.fullmatch(r"\d+", digits) and len(digits) == POLICY_DIGITS and digits.strip("0"):
        return digits
    return Noted(None, (("unusable-policy", "not sixteen digits"),))


def identity(parts: Any, options: Options, around: Surroundings) -> str | None:
    """Return the id that `key:` derives from the parts; None when one of them is missing."""
    return _id(options["key"], parts, around)


def reference(parts: Any, options: Options, around: Surroundings) -> str | None:
    """Return the reference `Type/id` that `key:` derives from the parts; None as above."""
    found = _id(options["key"], parts, around)
    return f"{around.keys[options['key']].type_}/{found}" if found else None


def patient(value: Any) -> str:
    """Return the reference to the patient; raises Refused when nobody was found."""
    if not value:
        raise Refused("patient-unknown", "the patient could not be told for certain")
    return f"Patient/{value}"


def _id(key: str, parts: Any, around: Surroundings) -> str | None:
    """`parts` come already read by the key's words."""
    if not parts or any(part is None for part in parts):
        return None
    written = [str(part).replace("\\", "\\\\").replace("|", "\\|") for part in parts]
    return around.context.identity(key, "|".join(written))

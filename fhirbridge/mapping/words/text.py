"""Words for texts, numbers and truth as 1C and laboratories write them."""

import re
from decimal import Decimal
from typing import Any

from fhirbridge.mapping.words.word import Noted, Options, Surroundings
from fhirbridge.terminology.homoglyphs import latin

TRUE = frozenset({"true", "да", "1", "истина", "y", "yes"})
LONGEST_ACRONYM = 5
FALSE = frozenset({"false", "нет", "0", "ложь", "n", "no"})


def text(value: Any) -> str | None:
    """Return the text, trimmed and with single spaces; None when there is none."""
    if isinstance(value, str):
        return " ".join(value.split()) or None
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, int | float | Decimal):
        return None
    return str(value)


def lines(value: Any) -> str | None:
    """Return the text with its lines kept; None when there is none."""
    written = value if isinstance(value, str) else text(value) or ""
    kept = [line.rstrip() for line in re.split(r"\r\n?|\n", written)]
    return "\n".join(kept).strip() or None


def integer(value: Any) -> int | Noted | None:
    """Return the whole number; None, with a note when something else is there."""
    written = text(value)
    if written is None:
        return None
    if re.fullmatch(r"[+-]?\d{1,9}", written):
        return int(written)
    return Noted(None, (("not-a-number", "a whole number was expected"),))


def truth(value: Any, options: Options, _around: Surroundings) -> bool | Noted | None:
    """Return the truth of `true`, `"Да"`, `1`; `default:` stands for a missing one, with a note."""
    written = (text(value) or "").casefold()
    if written in TRUE or written in FALSE:
        return written in TRUE
    code = "unknown-truth" if written else "missing-truth"
    return Noted(options.get("default"), ((code, f"neither yes nor no: {written!r}"),))


def code(value: Any) -> str | Noted | None:
    """Return a code in Latin letters where it was typed with look-alikes, with a note then."""
    written = text(value)
    if written is None or latin(written) == written:
        return written
    return Noted(latin(written), (("homoglyph-code", f"{written} was read as {latin(written)}"),))


def nmu(value: Any) -> str | None:
    """Return a code of the national service nomenclature (Order 804n): `B01.047.001`, else None."""
    written = latin(text(value) or "")
    return written if re.fullmatch(r"[A-Z]\d{2}(?:\.\d{2,3}){1,4}", written) else None


def slug(value: Any) -> str | None:
    """Return one spelling for a name whatever its case, spaces and ё: `Терапия`, `терапия `."""
    written = text(value)
    if written is None or not re.search(r"\w", written):
        return None
    return re.sub(r"[^\w]+", "-", written.casefold().replace("ё", "е")).strip("-")


def title(value: Any) -> str | None:
    """Return a name of a thing in one spelling: `терапия `, `ТЕРАПИЯ` and `Терапия` are one.

    None where there is no letter and no digit, as in the empty mark `<>`.
    """
    written = text(value)
    if not written or not re.search(r"\w", written):
        return None
    loud = written.isupper() and len(written) > LONGEST_ACRONYM
    return written[0].upper() + (written[1:].lower() if loud else written[1:])


def room(value: Any) -> str | None:
    """Return a room in one spelling: `12а` and `12А` are one, `Каб. 205` and `205` are not."""
    written = text(value)
    return latin(written.upper()) if written and re.search(r"\w", written) else None


def pieces(value: Any) -> list[str]:
    """Return the parts of a list written in one text, separated by commas or semicolons."""
    return [part for part in map(text, re.split(r"[;,]", text(value) or "")) if part]

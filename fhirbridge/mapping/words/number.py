"""Numbers of laboratory results: comma or dot, groups of three, powers, comparators, ranges.

The digits stay as they were written: https://hl7.org/fhir/R4/datatypes.html#decimal
"""

import html
import re
from dataclasses import dataclass
from decimal import Decimal

from fhirbridge.fhir.json import Literal

COMPARATORS = {
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
    "≤": "<=",
    "≥": ">=",
    "менее": "<",
    "меньше": "<",
    "ниже": "<",
    "более": ">",
    "больше": ">",
    "выше": ">",
    "не более": "<=",
    "не менее": ">=",
}
SIGN = "|".join(sorted(map(re.escape, COMPARATORS), key=len, reverse=True))
PLAIN = r"\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?|[.,]\d+"
GROUPED = r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?"
NUMBER = re.compile(rf"(?P<sign>{SIGN})?\s*(?P<number>[-+−]?(?:{GROUPED}|{PLAIN}))", re.IGNORECASE)
POWER = re.compile(
    rf"(?P<sign>{SIGN})?\s*(?:(?P<factor>\d+(?:[.,]\d+)?)\s*[*xх×·]\s*)?"
    r"10\s*(?:\^|\*\*?)\s*(?P<power>-?\d{1,3})",
    re.IGNORECASE,
)
RANGE = re.compile(r"(?P<low>\d+(?:[.,]\d+)?)\s*[-–—]\s*(?P<high>\d+(?:[.,]\d+)?)(?![\d.,]*[-–—:])")
TITRE = re.compile(rf"(?P<sign>{SIGN})?\s*1\s*[:/]\s*(?P<dilution>\d+)", re.IGNORECASE)
DURATION = re.compile(r"(?P<minutes>\d+)\s*мин\.?\s*(?P<seconds>\d{1,2})\s*(?:с|c|сек)\.?")
AMBIGUOUS = re.compile(
    r"[-+−]?\d{1,3}(?:([.,])\d{3})+(?!\1)[.,]\d+|[-+−]?\d{1,3}(?:([.,])\d{3}){2,}"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, its comparator ("" when none) and what stood after it."""

    value: Literal
    comparator: str
    rest: str


def number(text: str) -> Number | None:
    """Return the number that `text` begins with, or None; HTML-escaped comparators are read."""
    text = unescaped(text)
    if AMBIGUOUS.match(text):
        return None
    if found := POWER.match(text):
        factor = _digits(found["factor"] or "1")
        value, sign = f"{factor}E{int(found['power']):+d}", found["sign"]
    elif found := NUMBER.match(text):
        value, sign = _digits(found["number"]), found["sign"]
    else:
        return None
    rest = text[found.end() :]
    if rest[:1] in {",", "."} or rest[:1].isdigit():
        return None
    return Number(Literal(value), COMPARATORS[sign.lower()] if sign else "", rest.strip())


def whole(text: str) -> Number | None:
    """Return the number when `text` is nothing else."""
    found = number(text)
    return found if found and not found.rest else None


def stretch(text: str) -> tuple[Literal, Literal, str] | None:
    """Return low, high and what follows, when `text` begins with a range of two numbers."""
    found = RANGE.match(text)
    if not found:
        return None
    low, high = Literal(_digits(found["low"])), Literal(_digits(found["high"]))
    return (low, high, text[found.end() :].strip()) if low <= high else None


def seconds(text: str) -> Literal | None:
    """Return the seconds in `2 мин 30 с`, or None."""
    found = DURATION.fullmatch(text)
    return Literal(str(int(found["minutes"]) * 60 + int(found["seconds"]))) if found else None


def ambiguous(text: str) -> bool:
    """Return whether the number can be read in two ways: `1.250,00`."""
    return AMBIGUOUS.fullmatch(text) is not None


def ungrouped(text: str, groups: str) -> str:
    """Return `text` without the signs that the source declares to group digits by three."""
    if not groups:
        return text
    return re.sub(rf"(?<=\d)[{re.escape(groups)}](?=\d{{3}}(?!\d))", "", text)


def unescaped(text: str) -> str:
    """Return the text with the comparators that a middle layer escaped, once or twice."""
    return html.unescape(html.unescape(text)) if re.match(r"&(?:amp;)*[lg]", text) else text


def order(value: Decimal, low: Decimal | None, high: Decimal | None) -> str:
    """Return L below `low`, H above `high`, N between; "" where there is nothing to compare."""
    if low is not None and value < low:
        return "L"
    if high is not None and value > high:
        return "H"
    return "" if low is None and high is None else "N"


def _digits(written: str) -> str:
    """Return a decimal as FHIR wants it: a dot, no groups, no plus, no needless zeros before."""
    text = written.replace(" ", "").replace(",", ".").replace("−", "-").lstrip("+")
    minus, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    digits = re.sub(r"^0+(?=\d)", "", digits)
    return minus + (f"0{digits}" if digits.startswith(".") else digits)

"""Units as Russian laboratories write them, read as UCUM: https://ucum.org/ucum.

A string alone does not decide: `Ед/л` is an enzyme's activity or a marker's arbitrary unit. Where
the LOINC code of the test is known, its PROPERTY (and for insulin its COMPONENT) decides.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from fhirbridge.terminology import loinc as terms
from fhirbridge.terminology.homoglyphs import skeleton
from fhirbridge.terminology.tables import Row, shipped

SYSTEM = "http://unitsofmeasure.org"
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# Kinds whose letters do not change their meaning with their case: `МГ/Л` is `мг/л`, but `Т/л`
# is not `т/л` and `мМЕ` is not `ММЕ`.
CASELESS = frozenset(
    {"mass", "mass conc", "mass content", "mass rate", "mass ratio"}
    | {"subst conc", "subst content", "subst rate", "subst ratio"}
    | {"time", "volume", "volume rate", "length", "velocity", "pressure", "dimensionless"}
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit string, understood.

    `code` is UCUM, None where there is none; `kind` names the kind of quantity, such as
    `mass conc` ("" when unknown); `folded`: the string was typed with look-alike letters or
    another case; `known`: the table has it, with or without a code.
    """

    text: str
    code: str | None
    kind: str = ""
    folded: bool = False
    known: bool = False


# A laboratory writes a few dozen units, again and again.
@lru_cache(maxsize=4096)
def to_ucum(text: str, loinc: str | None = None) -> Unit:
    """Return what the unit string `text` means on the test `loinc`; never a guess.

    See spec page https://ucum.org/ucum and `terminology/units-ru.csv`.
    """
    text = " ".join(text.split())
    code = _by_property(text, terms.fragment().get(loinc or ""))
    row, folded = _row(text)
    if code is None:
        if row is None:
            return Unit(text, None)
        return Unit(text, row["ucum"] or None, row["kind"], folded, known=True)
    return Unit(text, code or None, row["kind"] if row else "", folded, known=True)


def spelling(text: str) -> str:
    """Return `text` in one way of writing powers, signs, spaces and the micro sign."""
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda found: "^" + found[0].translate(SUPERSCRIPTS), text)
    text = text.replace("µ", "u").replace("μ", "u").replace("х10", "x10").replace("×", "x")
    text = re.sub(r"^[x*·]\s*(?=10)", "", text)
    text = re.sub(r"\b10(?:\*\*|\*|\^|\s*[eE])\s*(?=\d)", "10^", text)
    return re.sub(r"\s*([/.])\s*", r"\1", text).rstrip(".").strip()


def _by_property(text: str, term: terms.Term | None) -> str | None:
    """Return the code that the test decides, "" when it decides that there is none, else None."""
    kinds = ("", "") if term is None else (term.property_, term.axes["COMPONENT"])
    choices = _choices().get(skeleton(spelling(text)), {})
    for key in (kinds, (kinds[0], ""), ("", "")):
        if key in choices:
            return choices[key]
    return None


def _row(text: str) -> tuple[Row | None, bool]:
    written = spelling(text)
    for number, index in enumerate(_indexes()):
        key = (written, skeleton(written), skeleton(written.casefold()))[number]
        if row := index.get(key):
            return row, number > 0
    return None, False


@cache
def _choices() -> Mapping[str, Mapping[tuple[str, str], str]]:
    found: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for row in shipped("terminology/units-by-property.csv"):
        found[skeleton(spelling(row["text"]))][row["property"], row["component"]] = row["ucum"]
    return found


@cache
def _indexes() -> tuple[Mapping[str, Row], ...]:
    """Return the table by exact spelling, by look, and by look without case."""
    table = shipped("terminology/units-ru.csv")
    codes = [{**row, "text": row["ucum"]} for row in table if row["ucum"]]
    litres = [{**row, "text": row["ucum"].replace("/L", "/l")} for row in codes]
    known = [*table, *codes, *litres]
    exact = {spelling(row["text"]): row for row in reversed(known)}
    look = _unambiguous((skeleton(text), row) for text, row in exact.items())
    caseless = _unambiguous((skeleton(text.casefold()), row) for text, row in exact.items())
    return exact, look, {key: row for key, row in caseless.items() if row["kind"] in CASELESS}


def _unambiguous(pairs: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    found: dict[str, list[Row]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return {key: same[0] for key, same in found.items() if len({r["ucum"] for r in same}) == 1}

"""Quantities: the laboratory's own unit, and UCUM beside it.

https://hl7.org/fhir/R4/datatypes.html#Quantity
"""

from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.json import Literal
from fhirbridge.mapping.words.number import COMPARATORS, TITRE, unescaped
from fhirbridge.mapping.words.word import Noted
from fhirbridge.terminology.units import SYSTEM, to_ucum


@dataclass(frozen=True, slots=True)
class Measure:
    """The unit field of a result ("" when empty) and the LOINC code of the test when known.

    `groups` are the signs that group digits beside spaces.
    """

    unit: str
    loinc: str | None = None
    groups: str = ""

    def using(self, glued: str) -> "Measure":
        """Return the measure with the unit glued to the value where the unit field is empty."""
        return Measure(self.unit or glued, self.loinc, self.groups)


def quantity(value: Literal, comparator: str, measure: Measure) -> Noted:
    """Return the Quantity; an unknown unit keeps its text and gets no code, with a note."""
    amount: dict[str, Any] = {"value": value}
    if comparator:
        amount["comparator"] = comparator
    if not measure.unit:
        return Noted(amount, ())
    unit = to_ucum(measure.unit, measure.loinc)
    coded = {"system": SYSTEM, "code": unit.code} if unit.code else {}
    notes = [] if unit.known else [("unknown-unit", measure.unit)]
    if unit.folded:
        notes.append(("folded-unit", f"{measure.unit} was read as {unit.code}"))
    return Noted({**amount, "unit": measure.unit, **coded}, tuple(notes))


def titre(written: str) -> dict[str, Any] | None:
    """Return the Ratio 1:N of a titre; its comparator belongs to the dilution."""
    found = TITRE.fullmatch(unescaped(written))
    if not found:
        return None
    dilution: dict[str, Any] = {"value": Literal(found["dilution"])}
    if found["sign"]:
        dilution["comparator"] = COMPARATORS[found["sign"].lower()]
    return {"numerator": {"value": Literal("1")}, "denominator": dilution}


def comparable(glued: str, measure: Measure) -> bool:
    """Return whether the text after a number is nothing, or a unit that agrees with the field."""
    if not glued or glued == measure.unit:
        return True
    code = to_ucum(glued, measure.loinc).code
    return code is not None and (
        not measure.unit or code == to_ucum(measure.unit, measure.loinc).code
    )

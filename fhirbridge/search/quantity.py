"""Quantity parameters: a number with a unit. https://hl7.org/fhir/R4/search.html#quantity."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from fhirbridge.search.escape import split
from fhirbridge.search.number import EXACT, number_value
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.values import QuantityRow, QuantityValue

_FULL = 3
# How far inside a strict bound (`<`, `>`) the index puts its end, in units of its last digit.
_STRICTLY = -6

Ends = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, init=False)
class Quantity(SearchParameter):
    """A quantity parameter, compared in the units written."""

    kind: ClassVar[str] = "quantity"

    def parse(self, text: str, modifier: str | None, context: SearchContext) -> QuantityValue:
        """Return what `number`, `number|system|code` or `number||unit` asks for."""
        del modifier, context
        parts = [self.plain(part).strip() for part in split(text, "|")]
        if len(parts) not in {1, _FULL}:
            raise self.malformed("expected number, number|system|code or number||code")
        number = number_value(self, parts[0])
        system, code = (parts[1] or None, parts[2] or None) if len(parts) == _FULL else (None, None)
        return QuantityValue(number, system, code, any_system=system is None)

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[QuantityRow]:
        """Yield one row per Quantity (a comparator opens one end) or SampledData (its extent)."""
        del context
        for number, element in self.found(resource):
            row = _row(element, number)
            if row is not None:
                yield row


def _row(element: dict[str, Any], number: int) -> QuantityRow | None:
    sampled = "origin" in element
    ends = _sampled(element) if sampled else _ends(element)
    if ends is None:
        return None
    low, high = ends
    unit = element["origin"] if sampled else element
    return QuantityRow(low, high, unit.get("system"), unit.get("code"), unit.get("unit"), number)


def _ends(element: dict[str, Any]) -> Ends | None:
    """Return the ends of a Quantity; `<5` ends just below 5, so that `ge5` does not find it."""
    if "value" not in element:
        return None
    value = Decimal(element["value"])
    step = Decimal(1).scaleb(int(value.as_tuple().exponent) + _STRICTLY)
    ends: dict[str | None, Ends] = {
        None: (value, value),
        "<": (None, EXACT.subtract(value, step)),
        "<=": (None, value),
        ">=": (value, None),
        ">": (EXACT.add(value, step), None),
    }
    return ends.get(element.get("comparator"))


def _sampled(element: dict[str, Any]) -> Ends | None:
    """Return the smallest and largest of the samples; E, U and L are not numbers."""
    origin = Decimal(element["origin"].get("value", 0))
    factor = Decimal(element.get("factor", 1))
    samples = [
        EXACT.fma(Decimal(word), factor, origin)
        for word in element.get("data", "").split()
        if word not in {"E", "U", "L"}
    ]
    return (min(samples), max(samples)) if samples else None

"""Quantity parameters: a number with a unit. https://hl7.org/fhir/R4/search.html#quantity.

With a UCUM code both sides are compared in base units: 5.4 mg equals 0.0054 g. The digits written
decide the range before it is converted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from fhirbridge.search.escape import split
from fhirbridge.search.number import EXACT, number_value
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.values import BaseRange, NumberValue, QuantityRow, QuantityValue
from fhirbridge.terminology.ucum import canonical

UCUM = "http://unitsofmeasure.org"
_FULL = 3
# How far inside a strict bound (`<`, `>`) the index puts its end, in units of its last digit.
_STRICTLY = -6

Ends = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, init=False)
class Quantity(SearchParameter):
    """A quantity parameter; Money and Range are searched as quantities too."""

    kind: ClassVar[str] = "quantity"

    def parse(self, text: str, modifier: str | None, context: SearchContext) -> QuantityValue:
        """Return what `number`, `number|system|code` or `number||unit` asks for."""
        del modifier, context
        parts = [self.plain(part).strip() for part in split(text, "|")]
        if len(parts) not in {1, _FULL}:
            raise self.malformed("expected number, number|system|code or number||code")
        number = number_value(self, parts[0])
        system, code = (parts[1] or None, parts[2] or None) if len(parts) == _FULL else (None, None)
        value = QuantityValue(number, system, code, any_system=system is None)
        return _in_base(value) if system == UCUM and code is not None else value

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[QuantityRow]:
        """Yield one row per Quantity (a comparator opens one end), Range or SampledData."""
        del context
        for number, element in self.found(resource):
            row = _row(element, number)
            if row is not None:
                yield row


def _in_base(value: QuantityValue) -> QuantityValue:
    """Return `value` with its number and range in base units; itself when the code is unknown."""
    number, code = value.number, value.code or ""
    ends = [canonical(one, code) for one in (number.number, number.low, number.high)]
    exact, low, high = ends
    if exact is None or low is None or high is None:
        return value
    converted = NumberValue(number.prefix, exact[0], low[0], high[0])
    return replace(value, number=converted, base_unit=exact[1])


def _row(element: dict[str, Any], number: int) -> QuantityRow | None:
    unit = _unit_holder(element)
    ends = _sampled(element) if "origin" in element else _ends(element)
    if ends is None:
        return None
    low, high = ends
    system, code = unit.get("system"), unit.get("code")
    base = _base(low, high, code) if system == UCUM and code is not None else None
    return QuantityRow(low, high, system, code, unit.get("unit"), number, base)


def _unit_holder(element: dict[str, Any]) -> dict[str, Any]:
    """Return the Quantity that says the unit of a Quantity, Range, SampledData or Money."""
    for name in ("origin", "low", "high"):
        if isinstance(element.get(name), dict):
            held: dict[str, Any] = element[name]
            return held
    if "currency" in element:
        return {"system": "urn:iso:std:iso:4217", "code": element["currency"]}
    return element


def _base(low: Decimal | None, high: Decimal | None, code: str) -> BaseRange | None:
    first = None if low is None else canonical(low, code)
    last = first if high is low else None if high is None else canonical(high, code)
    known = first or last
    if known is None or (first is None) != (low is None) or (last is None) != (high is None):
        return None
    low_end, high_end = (None if end is None else end[0] for end in (first, last))
    return BaseRange(low_end, high_end, known[1])


def _ends(element: dict[str, Any]) -> Ends | None:
    """Return the ends of a Quantity or a Range.

    `<5` ends just below 5, so that `ge5` does not find it; a Range without an end is open there.
    """
    if "low" in element or "high" in element:
        low, high = (_number(element.get(name, {})) for name in ("low", "high"))
        return None if low is None and high is None else (low, high)
    value = _number(element)
    if value is None:
        return None
    comparator = element.get("comparator")
    return (value, value) if comparator is None else _open(value, comparator)


def _open(value: Decimal, comparator: str) -> Ends | None:
    """Return the ends of what is less or more than a number."""
    step = Decimal(1).scaleb(int(value.as_tuple().exponent) + _STRICTLY)
    ends: dict[str, Ends] = {
        "<": (None, EXACT.subtract(value, step)),
        "<=": (None, value),
        ">=": (value, None),
        ">": (EXACT.add(value, step), None),
    }
    return ends.get(comparator)


def _number(element: dict[str, Any]) -> Decimal | None:
    return Decimal(element["value"]) if "value" in element else None


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

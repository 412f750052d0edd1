"""Prefixes of ordered values, and what each asks of two ranges.

A searched date is a range; a searched number has an implied range that only `eq`, `ne` and `ap`
use, the others compare with the number itself.
https://hl7.org/fhir/R4/search.html#prefix
"""

from decimal import Decimal

from fhirbridge.search.values import DateRow, DateValue, NumberValue, Prefix

_PREFIXES = {prefix.value: prefix for prefix in Prefix}
_LOWEST = Decimal("-Infinity")
_HIGHEST = Decimal("Infinity")


def prefixed(text: str) -> tuple[Prefix, str]:
    """Return the prefix of `text` (EQ when it has none) and the rest."""
    prefix = _PREFIXES.get(text[:2])
    return (Prefix.EQ, text) if prefix is None else (prefix, text[2:])


def date_holds(value: DateValue, row: DateRow) -> bool:
    """Return whether the stored range `row` is what `value` asks for."""
    equal = value.low <= row.low and row.high <= value.high
    return {
        Prefix.EQ: equal,
        Prefix.NE: not equal,
        Prefix.GT: row.high > value.high,
        Prefix.LT: row.low < value.low,
        Prefix.GE: row.high > value.high or equal,
        Prefix.LE: row.low < value.low or equal,
        Prefix.SA: row.low >= value.high,
        Prefix.EB: row.high <= value.low,
        Prefix.AP: row.low < value.high and row.high > value.low,
    }[value.prefix]


def number_holds(value: NumberValue, low: Decimal | None, high: Decimal | None) -> bool:
    """Return whether the stored range (ends inclusive, None is open) is what `value` asks for."""
    low = _LOWEST if low is None else low
    high = _HIGHEST if high is None else high
    equal = value.low <= low and high < value.high
    return {
        Prefix.EQ: equal,
        Prefix.NE: not equal,
        Prefix.GT: high > value.number,
        Prefix.LT: low < value.number,
        Prefix.GE: high >= value.number,
        Prefix.LE: low <= value.number,
        Prefix.SA: low > value.number,
        Prefix.EB: high < value.number,
        Prefix.AP: low <= value.high and high >= value.low,
    }[value.prefix]

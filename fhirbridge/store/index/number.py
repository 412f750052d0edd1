"""Numbers: https://hl7.org/fhir/R4/search.html#number.

Stored as double precision: numbers that differ only past the 15th digit compare as equal.
The comparisons are those of `fhirbridge.search.prefix.number_holds`.
"""

from decimal import Decimal
from math import inf, nextafter

from fhirbridge.search.values import NumberRow, NumberValue, Prefix
from fhirbridge.store.sql import Sql

TABLE = "idx_number"
COLUMNS = ("low", "high")
LOWEST, HIGHEST = Decimal("-Infinity"), Decimal("Infinity")

CONDITIONS: dict[Prefix, tuple[str, str]] = {
    Prefix.EQ: ("{low} >= ? AND {low} < ? AND {high} < ?", "lhh"),
    Prefix.NE: ("NOT ({low} >= ? AND {high} < ?)", "lh"),
    Prefix.GT: ("{high} > ?", "n"),
    Prefix.LT: ("{low} < ?", "n"),
    Prefix.GE: ("{high} >= ?", "n"),
    Prefix.LE: ("{low} <= ?", "n"),
    Prefix.SA: ("{low} > ?", "n"),
    Prefix.EB: ("{low} < ? AND {high} < ?", "nn"),
    Prefix.AP: ("{low} <= ? AND {high} >= ?", "hl"),
}


def stored(row: NumberRow) -> tuple[float, float]:
    """Return the values of the columns."""
    return float(row.low), float(row.high)


def holds(alias: str, value: NumberValue) -> Sql:
    """Return that the range of a row is what `value` asks for."""
    text, bounds = CONDITIONS[value.prefix]
    number = float(value.number)
    # Of a number with more digits than a double has, the range would be empty.
    high = max(float(value.high), nextafter(number, inf))
    ends = {"l": float(value.low), "h": high, "n": number}
    condition = text.format(low=f"{alias}.low", high=f"{alias}.high")
    return Sql(condition, tuple(ends[bound] for bound in bounds))

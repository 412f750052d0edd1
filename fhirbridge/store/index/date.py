"""Dates as ranges: https://hl7.org/fhir/R4/search.html#date.

The comparisons are those of `fhirbridge.search.prefix.date_holds`, with the bound of `low` spelled
out wherever one follows, because `low` is what the index is ordered by.
"""

from fhirbridge.search.values import DateRow, DateValue, Prefix
from fhirbridge.store.sql import Sql

TABLE = "idx_date"
COLUMNS = ("low", "high")

EQUAL = "{low} >= ? AND {low} < ? AND {high} <= ?"
CONDITIONS: dict[Prefix, tuple[str, str]] = {
    Prefix.EQ: (EQUAL, "lhh"),
    Prefix.NE: ("NOT ({low} >= ? AND {high} <= ?)", "lh"),
    Prefix.GT: ("{high} > ?", "h"),
    Prefix.LT: ("{low} < ?", "l"),
    Prefix.GE: ("({high} > ? OR ({low} >= ? AND {high} <= ?))", "hlh"),
    Prefix.LE: ("({low} < ? OR ({low} >= ? AND {high} <= ?))", "llh"),
    Prefix.SA: ("{low} >= ?", "h"),
    Prefix.EB: ("{low} < ? AND {high} <= ?", "ll"),
    Prefix.AP: ("{low} < ? AND {high} > ?", "hl"),
}


def stored(row: DateRow) -> tuple[int, int]:
    """Return the values of the columns."""
    return row.low, row.high


def holds(low: str, high: str, value: DateValue) -> Sql:
    """Return that the range between the columns `low` and `high` is what `value` asks for."""
    text, bounds = CONDITIONS[value.prefix]
    ends = {"l": value.low, "h": value.high}
    return Sql(text.format(low=low, high=high), tuple(ends[bound] for bound in bounds))

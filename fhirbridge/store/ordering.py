"""Sorting, and going on where the last page ended: https://hl7.org/fhir/R4/search.html#sort.

Among several values of a resource the smallest counts when ascending, the largest when descending.
A resource without a value comes before all others when ascending, after them when descending.
"""

# ruff: noqa: S608 (constants of the index and numbered aliases only)

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.common import ID
from fhirbridge.search.query import Cursor, SortKey
from fhirbridge.store.index import hot
from fhirbridge.store.index.kinds import table_for
from fhirbridge.store.question import Question
from fhirbridge.store.sql import Sql, any_of, is_one_of, sql

# Kind → the column that orders it, and what stands for no value.
COLUMNS: dict[str, tuple[str, Any]] = {
    "date": ("low", hot.NO_VALUE),
    "string": ("head", ""),
    "token": ("code", ""),
    "reference": ("target", ""),
    "number": ("low", float("-inf")),
    "quantity": ("low", float("-inf")),
    "uri": ("head", ""),
}
REALS = frozenset({"number", "quantity"})


@dataclass(frozen=True, slots=True)
class Order:
    """The columns that order rows, first to last, the row number always being the last."""

    columns: tuple[str, ...]
    descending: tuple[bool, ...]

    @property
    def by(self) -> str:
        """The terms of ORDER BY."""
        pairs = zip(self.columns, self.descending, strict=True)
        return ", ".join(f"{column} DESC" if down else column for column, down in pairs)

    def after(self, values: Sequence[Any]) -> Sql:
        """Return that a row comes after the one with `values`."""
        if len(set(self.descending)) == 1:
            sign = "<" if self.descending[0] else ">"
            marks = ", ".join("?" * len(values))
            return Sql(f"({', '.join(self.columns)}) {sign} ({marks})", tuple(values))
        return any_of(self._tie_then(number, values) for number in range(len(values)))

    def _tie_then(self, number: int, values: Sequence[Any]) -> Sql:
        """Return that the first `number` columns are equal and the next one comes after."""
        ties = [f"{column} = ?" for column in self.columns[:number]]
        sign = "<" if self.descending[number] else ">"
        text = " AND ".join([*ties, f"{self.columns[number]} {sign} ?"])
        return Sql(text, tuple(values[: number + 1]))


def order_of(sort: Sequence[SortKey]) -> Order:
    """Return the order of the columns k0, k1 … that `sort_columns` makes.

    Rows of equal value follow the direction of the first key.
    """
    descending = tuple(key.descending for key in sort)
    columns = tuple(f"c.k{number}" for number in range(len(sort)))
    return Order((*columns, "c.row"), (*descending, bool(descending and descending[0])))


def sort_columns(question: Question, sort: Sequence[SortKey]) -> Sql:
    """Return the select list that computes the sort values of the row `d.row`."""
    parts = (sql(",", _value(question, key), f"AS k{n}") for n, key in enumerate(sort))
    return sql(*parts)


def _value(question: Question, key: SortKey) -> Sql:
    parameter = key.parameter
    if parameter.code == ID.code:
        return Sql("(SELECT s.id FROM resource s WHERE s.row = d.row)")
    column, nothing = COLUMNS[parameter.kind]
    table, extreme = table_for(parameter, None), "max" if key.descending else "min"
    head = f"coalesce((SELECT {extreme}(s.{column}) FROM {table} s WHERE s.row = d.row AND"
    number = is_one_of("s.param", question.numbers(parameter))
    return sql(head, number, Sql("), ?)", (nothing,)))


def cursor(sort: Sequence[SortKey], values: Sequence[Any], row: int) -> Cursor:
    """Return the cursor that stands at a row. Reals are written out, exactly."""
    pairs = zip(sort, values, strict=True)
    written = (repr(one) if key.parameter.kind in REALS else one for key, one in pairs)
    return Cursor(tuple(written), row)


def resumed(sort: Sequence[SortKey], after: Cursor) -> tuple[Any, ...]:
    """Return the values at which a search goes on. Raises Invalid when they fit another sort."""
    if len(after.sort) != len(sort):
        raise Invalid("The page does not belong to this search.")
    pairs = zip(sort, after.sort, strict=True)
    values = (float(str(one)) if key.parameter.kind in REALS else one for key, one in pairs)
    return (*values, after.row)

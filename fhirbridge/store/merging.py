"""Rows that were found in several ways, in one order: what ORDER BY and LIMIT would do."""

from collections.abc import Sequence
from typing import Any

from fhirbridge.search.query import SortKey
from fhirbridge.store.connection import Row
from fhirbridge.store.found import PLAIN


def merged(sort: Sequence[SortKey], found: Sequence[Sequence[Row]], limit: int) -> list[Row]:
    """Return the first `limit` of all rows by their sort values and row numbers."""
    rows = [row for some in found for row in some]
    down = directions(sort)
    rows.sort(key=lambda row: row[0], reverse=down[-1])
    # The sorts before are kept among equals, so the first key comes last.
    for number in reversed(range(len(sort))):
        rows.sort(key=lambda row: row[PLAIN + number], reverse=down[number])
    return rows[:limit]


def comes_after(sort: Sequence[SortKey], row: Row, position: Sequence[Any]) -> bool:
    """Return whether `row` comes after the sort values and row number of `position`."""
    values = (*row[PLAIN:], row[0])
    for value, other, down in zip(values, position, directions(sort), strict=True):
        if value != other:
            return bool(value < other if down else value > other)
    return False


def directions(sort: Sequence[SortKey]) -> list[bool]:
    """Return which columns descend; rows of equal value follow the first key."""
    down = [key.descending for key in sort]
    return [*down, bool(down and down[0])]

"""Tables as they ship: CSV files, read once through the one loader."""

import csv
from functools import cache
from io import StringIO

from fhirbridge.fhir import data

Row = dict[str, str]


def rows(text: str) -> tuple[Row, ...]:
    """Return the rows of a CSV text with a heading line; cells are trimmed."""
    return tuple(
        {column: (cell or "").strip() for column, cell in row.items() if column}
        for row in csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    )


@cache
def shipped(relative: str) -> tuple[Row, ...]:
    """Return the rows of the shipped file `relative`, such as `terminology/units-ru.csv`."""
    return rows(data.read(relative).decode())

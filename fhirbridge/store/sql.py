"""SQL as fragments: constant text with `?`, and the values that go with it.

Nothing that a client wrote is ever part of the text.
"""

# ruff: noqa: S608 (this file joins names of our own tables)

from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Any, NamedTuple


class Sql(NamedTuple):
    """A piece of SQL and its parameters in order."""

    text: str
    parameters: tuple[Any, ...] = ()


class Place(NamedTuple):
    """Stands for a parameter that is told when the statement runs, by its place among those."""

    number: int


TRUE = Sql("1 = 1")
FALSE = Sql("1 = 0")
# Ends a subquery that PostgreSQL is to ask for each row, by its indexes. Without it, it may put the
# answer for all rows there are into a hash first, or start from there, and it guesses their number
# wrongly: after a load a walk in order took seconds for ten thousand rows.
ONE_BY_ONE = "LIMIT 1 OFFSET 0"
# A parameter and a row are to be found by the row, which has few others: SQLite may go through all
# of the parameter instead, for columns that its index by row lacks. So the choice is taken from it.
BY_ROW = "+{}"
# SQLite takes an expression 1,000 levels deep; each of these words makes one.
MOST_BESIDE = 50


def sql(*pieces: "str | Sql") -> Sql:
    """Return the pieces one after another."""
    text = " ".join([piece if isinstance(piece, str) else piece.text for piece in pieces])
    parameters = [piece.parameters for piece in pieces if not isinstance(piece, str)]
    return Sql(text, tuple(chain.from_iterable(parameters)))


def joined(word: str, pieces: Iterable[Sql], *, empty: Sql, wrap: str = "()") -> Sql:
    """Return `pieces`, each within `wrap`, with `word` between them; `empty` when none."""
    found = list(pieces)
    if len(found) <= 1:
        return found[0] if found else empty
    before, after = wrap[:1], wrap[1:]
    text = word.join([f"{before}{piece.text}{after}" for piece in found])
    return Sql(text, tuple(value for piece in found for value in piece.parameters))


def _balanced(word: str, pieces: Iterable[Sql], *, empty: Sql) -> Sql:
    """Return the same as `joined`, but nowhere so deep that a database refuses the expression."""
    found = list(pieces)
    while len(found) > MOST_BESIDE:
        starts = range(0, len(found), MOST_BESIDE)
        found = [joined(word, found[at : at + MOST_BESIDE], empty=empty) for at in starts]
    return joined(word, found, empty=empty)


def all_of(pieces: Iterable[Sql]) -> Sql:
    """Return that every piece holds."""
    return _balanced(" AND ", (piece for piece in pieces if piece is not TRUE), empty=TRUE)


def any_of(pieces: Iterable[Sql]) -> Sql:
    """Return that at least one piece holds."""
    return _balanced(" OR ", pieces, empty=FALSE)


def negated(piece: Sql) -> Sql:
    """Return that `piece` does not hold."""
    return Sql(f"NOT ({piece.text})", piece.parameters)


def is_one_of(column: str, values: Iterable[Any]) -> Sql:
    """Return that `column` has one of a few values."""
    found = tuple(values)
    if len(found) == 1:
        return Sql(f"{column} = ?", found)
    marks = ", ".join("?" * len(found))
    return Sql(f"{column} IN ({marks})", found) if found else FALSE


@cache
def insertion(table: str, columns: tuple[str, ...]) -> str:
    """Return the statement that inserts one row."""
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


@cache
def removal(table: str, among: str) -> str:
    """Return the statement that deletes what belongs to the resource rows of a list."""
    return f"DELETE FROM {table} WHERE {among.format('row')}"

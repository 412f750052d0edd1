"""Rows of one table as the caller's own dataclass, whose fields are named as the columns.

So the layer beside the store declares what it needs, and neither imports the other.
"""

# ruff: noqa: S608 (this file joins names of our own tables and fields)

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Generic, TypeVar

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.store.connection import Connection, Contended, Parameters
from fhirbridge.store.database import Database

R = TypeVar("R")
T = TypeVar("T")
# How often a unit that lost a race is run again before the caller hears of it.
TRIES = 5


class Rows(Generic[R]):
    """The table `table`; `record` is a dataclass with some or all of its columns."""

    def __init__(self, database: Database, table: str, record: Callable[..., R]) -> None:
        self._database = database
        self._record = record
        self._names = tuple(field.name for field in fields(record))  # type: ignore[arg-type]
        names, marks = ", ".join(self._names), ", ".join("?" * len(self._names))
        self._select = f"SELECT {names} FROM {table} "
        self._insert = f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"

    def all(self, clause: str, parameters: Parameters = ()) -> list[R]:
        """Return the records of the rows that `clause` (constant text) selects."""
        found = self._database.rows(self._select + clause, parameters)
        return [self._record(*row) for row in found]

    def one(self, clause: str, parameters: Parameters = ()) -> R | None:
        """Return the record of the row that `clause` selects, or None."""
        found = self.all(clause, parameters)
        return found[0] if found else None

    def add(self, record: R, connection: Connection | None = None) -> bool:
        """Insert a row; return False, and change nothing, when its key is taken."""
        values = tuple(getattr(record, name) for name in self._names)
        where = connection or self._database.connection
        return where.execute(self._insert, values) == 1


def atomic(database: Database, work: Callable[[Connection], T]) -> T:
    """Return `work(connection)` done in one transaction: all of it or, after an error, nothing.

    Raises Unavailable when the database cannot, or other transactions keep being in the way.
    """
    for left in reversed(range(TRIES)):
        try:
            return _once(database.connection, work)
        except Contended as error:
            if not left:
                raise Unavailable("The database is too busy.") from error
    raise AssertionError  # pragma: no cover


def _once(connection: Connection, work: Callable[[Connection], T]) -> T:
    connection.begin()
    try:
        result = work(connection)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return result


def count(database: Database, sql: str, parameters: Parameters) -> int:
    """Run one statement that stands alone; return how many rows it touched."""
    return database.connection.execute(sql, parameters)


def value(database: Database, sql: str, parameters: Parameters) -> Any:
    """Run one statement that returns a single value."""
    return database.connection.rows(sql, parameters)[0][0]

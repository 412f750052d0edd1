"""A driver connection, the same for both databases: SQL with `?`, rows as tuples.

Nothing of SQLAlchemy is here: on the road of a request its objects would cost more than the query
(`docs/adr`). Driver errors become what a client may be told, by the table of each subclass.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from fhirbridge.search.query import Snapshot, Visibility
from fhirbridge.store.sql import removal

Row = tuple[Any, ...]
Parameters = Sequence[Any]
# Table → numbers of resource rows; table → its columns and new rows.
Stale = Mapping[str, Iterable[int]]
Fresh = Mapping[str, tuple[tuple[str, ...], Sequence[Parameters]]]


class Contended(Exception):  # noqa: N818 (not an error yet: the unit is run again)
    """Another transaction was in the way; the same unit run again may succeed."""


class Statements(Protocol):
    """Something that runs statements: a connection, or the database with one of its own."""

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Return what a statement yields."""

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement and return how many rows it touched."""


class Connection(ABC):
    """One connection, used by one thread of one process."""

    # SQL for "column is one of the values of a list parameter", and what ends a read that locks
    # its rows, waiting for others or skipping what they hold.
    among: ClassVar[str]
    locking: ClassVar[str]
    skipping: ClassVar[str]
    # SQL for which transactions a statement sees complete, as one column of it: see `snapshot`.
    moment: ClassVar[str]

    def __init__(self) -> None:
        self.process = os.getpid()

    @property
    @abstractmethod
    def usable(self) -> bool:
        """Whether the connection may be used again after an error."""

    @abstractmethod
    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Return what a statement yields.

        Raises Unavailable when the database cannot answer now, Contended in a lost race.
        """

    def rows_for(
        self, reader: Visibility, sql: str, parameters: Parameters = (), *, one_way: bool = False
    ) -> list[Row]:
        """Return what a statement yields to `reader`, as far as the database itself can tell.

        `one_way`: it need not be planned for these parameters.
        """
        del reader, one_way
        return self.rows(sql, parameters)

    @abstractmethod
    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement and return how many rows it touched. Raises as `rows`."""

    @abstractmethod
    def many(self, sql: str, parameters: Sequence[Parameters]) -> int:
        """Run a statement once per parameters and return how many rows all touched."""

    @abstractmethod
    def fill(self, table: str, columns: tuple[str, ...], rows: Sequence[Parameters]) -> None:
        """Insert rows into a table of the index, as fast as this database can."""

    def replace_rows(self, stale: Stale, fresh: Fresh) -> None:
        """Delete the rows of these resources from each table, then insert the fresh ones."""
        for table, rows in stale.items():
            self.execute(removal(table, self.among), (self.listed(sorted(rows)),))
        for table, (columns, values) in fresh.items():
            self.fill(table, columns, values)

    @abstractmethod
    def listed(self, values: Iterable[Any]) -> Any:
        """Return `values` as the one parameter that `among` compares with."""

    @abstractmethod
    def numbers(self, count: int) -> list[int]:
        """Return `count` new resource row numbers, ascending. Only within a transaction."""

    @abstractmethod
    def lock(self, number: int) -> None:
        """Wait until no other transaction holds the lock `number`; ours ends with ours."""

    @abstractmethod
    def change(self) -> int:
        """Return the number of this transaction, as `snapshot` knows it."""

    @staticmethod
    @abstractmethod
    def snapshot(moment: Any) -> Snapshot:
        """Return what a column that is `moment` says."""

    @abstractmethod
    def cluster(self) -> int:
        """Return which count of transactions the numbers belong to: a copy may have another."""

    @abstractmethod
    def begin(self) -> None:
        """Begin a transaction that may write."""

    def commit(self) -> None:
        """Make the transaction's writes permanent."""
        self.execute("COMMIT")

    @abstractmethod
    def rollback(self) -> None:
        """Undo the transaction; never raises, because it runs while an error travels."""

    @abstractmethod
    def close(self) -> None:
        """Give the connection back to the system."""

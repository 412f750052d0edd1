"""The index rows of a transaction, kept until it ends: one statement per table for all."""

from collections import defaultdict
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from fhirbridge.store import describing
from fhirbridge.store.connection import Connection
from fhirbridge.store.index import hot, kinds
from fhirbridge.store.index.entries import Tables

COLUMNS = {**kinds.COLUMNS, hot.TABLE: hot.COLUMNS, **describing.COLUMNS}
# What the tables are clustered by. Many rows written in that order touch each page once: loading a
# million resources is twice as fast.
ORDERS = {
    **{table: itemgetter(names.index("param"), 0) for table, names in kinds.COLUMNS.items()},
    hot.TABLE: itemgetter(0, 1),
}
# A deleted resource stays its owners': they are told that it is gone, others nothing.
OWNERSHIP = frozenset({"owner", "context"})
# More resources than this are written before the transaction ends, to bound memory.
MOST_WAITING = 2000


class IndexBuffer:
    """What waits to be written, by resource row."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[int, Tables] = {}
        self._stale: dict[str, set[int]] = defaultdict(set)

    def replace(self, row: int, tables: Tables, *, new: bool) -> None:
        """Let `tables` be all that the index holds of `row`; a `new` row has nothing yet."""
        if not new:
            self._mark_stale(row, COLUMNS)
        self._waiting[row] = tables
        if len(self._waiting) > MOST_WAITING:
            self.flush()

    def remove(self, row: int) -> None:
        """Take a deleted resource out of the index, but not from its owners."""
        if row in self._waiting:
            self.flush()
        self._mark_stale(row, COLUMNS.keys() - OWNERSHIP)

    def forget(self, row: int) -> None:
        """Drop what waits for a row that was never written."""
        self._waiting.pop(row, None)

    def flush(self) -> None:
        """Write all that waits."""
        together: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for tables in self._waiting.values():
            for table, rows in tables.items():
                together[table] += rows
        for table, order in ORDERS.items():
            together[table].sort(key=order)
        self._connection.replace_rows(
            {table: rows for table, rows in self._stale.items() if rows},
            {table: (COLUMNS[table], rows) for table, rows in together.items() if rows},
        )
        self._waiting.clear()
        self._stale.clear()

    def _mark_stale(self, row: int, tables: Iterable[str]) -> None:
        for table in tables:
            self._stale[table].add(row)

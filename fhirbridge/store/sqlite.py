"""SQLite: one file, many readers, one writer. https://www.sqlite.org/wal.html."""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.search.query import Snapshot
from fhirbridge.store.connection import Connection, Parameters, Row
from fhirbridge.store.sql import insertion

# How long a writer waits for another one, seconds.
PATIENCE = 10.0
# 1000 pages, the default, halve the speed of loading: `make bench`.
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "NORMAL",
    "wal_autocheckpoint": "20000",
    "journal_size_limit": str(100 * 2**20),
    "temp_store": "MEMORY",
    # Pages of the file are looked at where the kernel has them, shared by all processes: a copy of
    # each costs more than a search does. https://www.sqlite.org/mmap.html (2 GiB: its own limit)
    "mmap_size": str(2**31 - 2**16),
}
# SQLite does not cache plans by itself; the driver keeps this many statements.
STATEMENTS = 512


class SqliteConnection(Connection):
    """A connection to one file. Statements outside `begin` and `commit` stand alone."""

    among = "{} IN (SELECT value FROM json_each(?))"
    locking = ""
    skipping = ""
    moment = "(SELECT number FROM ledger)"

    def __init__(self, path: Path, cache: int) -> None:
        super().__init__()
        with translated():
            # Closed by the thread that closes the store, hence not bound to its own thread.
            self._driver = sqlite3.connect(
                path,
                timeout=PATIENCE,
                isolation_level=None,
                cached_statements=STATEMENTS,
                check_same_thread=False,
            )
            # A negative size is in KiB: https://www.sqlite.org/pragma.html#pragma_cache_size
            for name, value in {**PRAGMAS, "cache_size": f"-{cache}"}.items():
                self._driver.execute(f"PRAGMA {name} = {value}")

    @property
    def usable(self) -> bool:
        return True

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        try:
            return self._driver.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            raise meaning(error) from error

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        with translated():
            return self._driver.execute(sql, parameters).rowcount

    def many(self, sql: str, parameters: Sequence[Parameters]) -> int:
        with translated():
            return self._driver.executemany(sql, parameters).rowcount

    def fill(self, table: str, columns: tuple[str, ...], rows: Sequence[Parameters]) -> None:
        self.many(insertion(table, columns), rows)

    def listed(self, values: Iterable[Any]) -> str:
        return json.dumps(list(values), ensure_ascii=False)

    def numbers(self, count: int) -> list[int]:
        """Count on from the last row: rows are never removed, and we are the only writer."""
        last = self.rows("SELECT coalesce(max(row), 0) FROM resource")[0][0]
        return list(range(last + 1, last + 1 + count))

    def lock(self, number: int) -> None:
        """Do nothing: a transaction that may write is alone from its beginning."""

    def change(self) -> int:
        """Count on: writers come one after another, so their numbers are in order of commits."""
        counted = self.rows("UPDATE ledger SET number = number + 1 RETURNING number")
        return int(counted[0][0])

    @staticmethod
    def snapshot(moment: int) -> Snapshot:
        return Snapshot(moment + 1)

    def cluster(self) -> int:
        """Return 0: the count is in the file itself."""
        return 0

    def begin(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def rollback(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._driver.rollback()

    def close(self) -> None:
        self._driver.close()


@contextmanager
def translated() -> Iterator[None]:
    """Raise Unavailable for a file that is locked, full, read-only or away."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise meaning(error) from error


def meaning(error: sqlite3.OperationalError) -> Exception:
    """Return what a driver's error says to our callers; a bug stays a bug."""
    if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
        return error
    return Unavailable("The database cannot answer now.")

"""PostgreSQL through psycopg: https://www.psycopg.org/psycopg3/docs/."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.search.query import Snapshot, Visibility
from fhirbridge.store import row_security
from fhirbridge.store.connection import Connection, Contended, Fresh, Parameters, Row, Stale
from fhirbridge.store.pipelined import Pipelined, Statement
from fhirbridge.store.sql import insertion

# https://www.postgresql.org/docs/current/errcodes-appendix.html
CONTENDED = frozenset({"40001", "40P01"})
# Fewer rows than this go faster as one pipeline of inserts than as a COPY.
WORTH_A_COPY = 50
TYPES = {
    "row": "int8", "n": "int4", "element": "int4", "param": "int4", "key": "int8", "sort": "int8",
    "high": "int8", "low": "int8", "body": "bytea", "begins": "int8", "ends": "int8",
}  # fmt: skip
# Left to itself the server may plan a prepared statement anew each time, which takes longer than to
# run it: https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE
ONE_WAY: Statement = ("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)", ())
REAL_TABLES = frozenset({"idx_number", "idx_quantity"})


class PostgresConnection(Connection):
    """A connection whose statements stand alone outside `begin` and `commit`."""

    among = "{} = ANY(?)"
    locking = " FOR UPDATE"
    skipping = " FOR UPDATE SKIP LOCKED"
    moment = "(SELECT pg_current_snapshot()::text)"

    def __init__(self, url: str, *, statement_timeout: int, lock_timeout: int) -> None:
        super().__init__()
        habits = f"-c statement_timeout={statement_timeout} -c lock_timeout={lock_timeout}"
        with translated():
            self._driver = psycopg.connect(url, autocommit=True, options=habits, connect_timeout=5)
        # One type for every int: a prepared statement per query instead of one per magnitude.
        self._driver.adapters.register_dumper(int, Int8Dumper)
        self._cursor = self._driver.cursor(binary=True)
        self._asking = self._driver.cursor(binary=True)
        self._often = Pipelined(self._driver)

    @property
    def usable(self) -> bool:
        return not (self._driver.closed or self._driver.broken)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        try:
            return self._cursor.execute(marked(sql), parameters).fetchall()
        except psycopg.OperationalError as error:
            raise meaning(error) from error

    def rows_for(
        self, reader: Visibility, sql: str, parameters: Parameters = (), *, one_way: bool = False
    ) -> list[Row]:
        """Ask as the role whose rows are limited to the reader's, in one round trip.

        What is set ends with the pipeline, which is a transaction of its own, or is set back when
        it is part of another: https://www.postgresql.org/docs/current/protocol-flow.html.
        """
        become = [] if reader.everything else [row_security.become(reader)]
        inside = self._driver.pgconn.transaction_status != TransactionStatus.IDLE
        try:
            if not inside:
                before = [ONE_WAY, *become] if one_way else become
                found = self._often.rows((*before, (sql, parameters)))
                if found is not None:
                    return found
            if not become:
                return self.rows(sql, parameters)
            return self._rows_as(become[0], (sql, parameters), inside=inside)
        except psycopg.OperationalError as error:
            raise meaning(error) from error

    def _rows_as(self, become: Statement, statement: Statement, *, inside: bool) -> list[Row]:
        (setting, values), (text, parameters) = become, statement
        with self._driver.pipeline():
            self._cursor.execute(marked(setting), values)
            cursor = self._asking.execute(marked(text), parameters)
            if inside:
                self._cursor.execute(row_security.BECOME_OURSELVES)
        return cursor.fetchall()

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        with translated():
            return self._cursor.execute(marked(sql), parameters).rowcount

    def many(self, sql: str, parameters: Sequence[Parameters]) -> int:
        with translated():
            self._cursor.executemany(marked(sql), parameters)
            return self._cursor.rowcount

    def fill(self, table: str, columns: tuple[str, ...], rows: Sequence[Parameters]) -> None:
        names = ", ".join(columns)
        if len(rows) < WORTH_A_COPY:
            self.many(insertion(table, columns), rows)
            return
        statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
        with translated(), self._cursor.copy(statement) as copy:
            copy.set_types([column_type(table, name) for name in columns])
            for row in rows:
                copy.write_row(row)

    def replace_rows(self, stale: Stale, fresh: Fresh) -> None:
        """Send small changes as one pipeline: one round trip instead of one per table."""
        small = all(len(values) < WORTH_A_COPY for _, values in fresh.values())
        with translated(), self._driver.pipeline() if small else contextlib.nullcontext():
            super().replace_rows(stale, fresh)

    def listed(self, values: Iterable[Any]) -> list[Any]:
        return list(values)

    def numbers(self, count: int) -> list[int]:
        sql = "SELECT nextval('resource_row') FROM generate_series(1, ?)"
        return [number for (number,) in self.rows(sql, (count,))]

    def lock(self, number: int) -> None:
        self.rows("SELECT pg_advisory_xact_lock(?) IS NULL", (number,))

    def change(self) -> int:
        """Return the server's own number: a sequence would not know the order of commits."""
        return int(self.rows("SELECT pg_current_xact_id()::text::int8")[0][0])

    @staticmethod
    def snapshot(moment: str) -> Snapshot:
        """Read `xmin:xmax:xip,xip…`.

        https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
        """
        _, before, running = moment.split(":")
        return Snapshot(int(before), tuple(int(one) for one in running.split(",") if one))

    def cluster(self) -> int:
        return int(self.rows("SELECT system_identifier FROM pg_control_system()")[0][0])

    def begin(self) -> None:
        self.execute("BEGIN")

    def rollback(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._driver.rollback()

    def close(self) -> None:
        self._driver.close()


def column_type(table: str, column: str) -> str:
    """Return the PostgreSQL type of a column, which a binary COPY must name."""
    if table in REAL_TABLES and column in {"low", "high"}:
        return "float8"
    return TYPES.get(column, "text")


@lru_cache(maxsize=4096)
def marked(sql: str) -> str:
    """Return `sql` with psycopg's parameter marks. Our statements hold neither `%` nor `'?'`."""
    return sql.replace("?", "%s")


@contextmanager
def translated() -> Iterator[None]:
    """Raise Contended for a lost race and Unavailable for a server that is away or too slow."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise meaning(error) from error


def meaning(error: psycopg.OperationalError) -> Exception:
    """Return what a driver's error says to our callers."""
    if error.sqlstate in CONTENDED:
        return Contended()
    return Unavailable("The database cannot answer now.")

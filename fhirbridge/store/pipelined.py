"""Statements that are asked again and again, sent to PostgreSQL together and without ceremony.

psycopg's cursors cost more than these queries do. What is asked often is prepared under a name and
sent by the connection's own calls; values and rows are converted by psycopg as ever. Everything
else goes through cursors. https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
"""

import select
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from fhirbridge.search.recent import Recent
from fhirbridge.store.connection import Parameters, Row

# How often a statement is asked before it is prepared, and how many are at most.
OFTEN, MOST = 5, 200
# How long to wait for the server before looking at the connection again, milliseconds; how long a
# statement may take is the server's to say.
LOOK = 5_000
BINARY = 1
# Type → its number in PostgreSQL and how a value of it is written.
TYPES: dict[type, tuple[int, Callable[[Any], bytes | None]]] = {
    str: (0, str.encode),
    int: (20, lambda value: b"%d" % value),
    bool: (16, lambda value: b"t" if value else b"f"),
    type(None): (0, lambda _: None),
}
Statement = tuple[str, Parameters]


class Prepared(NamedTuple):
    """A statement under a name of its own."""

    name: bytes
    types: tuple[type, ...]


class Pipelined:
    """What one connection asks often."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._socket = select.poll()
        self._socket.register(driver.pgconn.socket, select.POLLIN)
        self._prepared: dict[str, Prepared] = {}
        self._asked: Recent[int] = Recent(4 * MOST)
        self._numbers = count()

    def rows(self, statements: Sequence[Statement]) -> list[Row] | None:
        """Return what the last statement yields after the others; None: ask in another way.

        Raises what the server says of the first that fails, psycopg.OperationalError when the
        connection is lost.
        """
        calls = [
            call for text, values in statements if (call := self._call(text, values)) is not None
        ]
        if len(calls) < len(statements):
            return None
        pgconn = self._driver.pgconn
        try:
            pgconn.enter_pipeline_mode()
            for name, values in calls:
                pgconn.send_query_prepared(name, values, None, BINARY)
            pgconn.pipeline_sync()
            results = self._results()
            pgconn.exit_pipeline_mode()
        except BaseException:
            # What is half read can be of no use to anybody.
            self._driver.close()
            raise
        return self._loaded(results)

    def _call(self, text: str, values: Parameters) -> tuple[bytes, list[bytes | None]] | None:
        """Return name and values of a prepared statement, None when it is not, or not for them."""
        prepared = self._prepared.get(text)
        types = tuple(map(type, values))
        if prepared is None:
            prepared = self._prepare(text, types)
        if prepared is None or prepared.types != types:
            return None
        return prepared.name, [TYPES[kind][1](value) for kind, value in zip(types, values)]  # noqa: B905 (of one length)

    def _prepare(self, text: str, types: tuple[type, ...]) -> Prepared | None:
        """Return the statement prepared, if it is asked often and psycopg need not write values."""
        asked = (self._asked.get(text) or 0) + 1
        self._asked.keep(text, asked)
        if asked < OFTEN or len(self._prepared) >= MOST or not TYPES.keys() >= set(types):
            return None
        prepared = Prepared(b"fhirbridge_%d" % next(self._numbers), types)
        numbers = [TYPES[kind][0] for kind in types]
        result = self._driver.pgconn.prepare(prepared.name, numbered(text), numbers)
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
        self._prepared[text] = prepared
        return prepared

    def _results(self) -> list[PGresult]:
        """Return the results of all statements that were sent."""
        pgconn, found = self._driver.pgconn, list[PGresult]()
        while pgconn.flush():
            select.select([], [pgconn.socket], [], LOOK / 1000)
        while True:
            while pgconn.is_busy():
                self._socket.poll(LOOK)
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return found
            found.append(result)

    def _loaded(self, results: list[PGresult]) -> list[Row] | None:
        failed = next((one for one in results if one.status == ExecStatus.FATAL_ERROR), None)
        if failed is not None:
            error = error_from_result(failed)
            if not isinstance(error, InvalidSqlStatementName):
                raise error
            # psycopg lets the server forget all that is prepared, after a rollback for one.
            self._prepared.clear()
            return None
        last = results[-1]
        reader = Transformer(self._driver)
        reader.set_pgresult(last)
        rows: list[Row] = reader.load_rows(0, last.ntuples, tuple)
        return rows


def numbered(text: str) -> bytes:
    """Return a statement with the parameter marks of PostgreSQL. Ours hold no `?` but as marks."""
    first, *others = text.split("?")
    return (first + "".join(f"${at}{part}" for at, part in enumerate(others, 1))).encode()

"""The connections of a process: one held per thread.

Taking one from a pool would cost more than most queries.
"""

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeVar

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.fhir.errors import Unavailable
from fhirbridge.search.query import Visibility
from fhirbridge.store import row_security
from fhirbridge.store.address import Address
from fhirbridge.store.connection import Connection, Parameters, Row
from fhirbridge.store.migrations import HEAD
from fhirbridge.store.sqlite import SqliteConnection

if TYPE_CHECKING:
    from fhirbridge.store.postgresql import PostgresConnection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long PostgreSQL may work on a statement and wait for a lock, milliseconds.

    `cache`: how much of a file SQLite keeps in memory per connection, KiB.
    """

    statement: int = 5_000
    lock: int = 2_000
    cache: int = 65_536


# Tables that hold what is somebody's.
ABOUT_RESOURCES = re.compile(
    r"\b(?:FROM|JOIN|,)\s+(?:resource|history|shown|owner|context|relation|superseded|hot|idx_\w+)\b"
)


class Nobody(Exception):  # noqa: N818 (a fault of ours)
    """A statement on resources while it is not known for whom: it was not run."""


@lru_cache(maxsize=4096)
def about_resources(sql: str) -> bool:
    """Return whether a statement reads resources or what is kept beside them."""
    return ABOUT_RESOURCES.search(sql) is not None


class Acting:
    """While it is entered, statements of the thread that holds `held` run for `reader`."""

    __slots__ = ("_before", "_held", "_reader")

    def __init__(self, held: threading.local, reader: Visibility) -> None:
        self._held = held
        self._reader = reader

    def __enter__(self) -> None:
        self._before = getattr(self._held, "reader", None)
        self._held.reader = self._reader

    def __exit__(self, *_: object) -> None:
        self._held.reader = self._before


def _postgresql() -> "type[PostgresConnection]":
    """Return the class, imported here: who works on a file does not wait for psycopg."""
    from fhirbridge.store.postgresql import PostgresConnection  # noqa: PLC0415

    return PostgresConnection


class Database:
    """A database and this process's connections to it. Safe to share between threads and forks."""

    def __init__(self, address: Address, limits: Limits) -> None:
        self.address = address
        self._limits = limits
        self._held = threading.local()
        self._lock = threading.Lock()
        self._all: list[tuple[threading.Thread, Connection]] = []

    @property
    def limits_rows(self) -> bool:
        """Whether the database itself keeps others' rows from a reader (`row_security`)."""
        return self.address.path is None

    @cached_property
    def dialect(self) -> type[Connection]:
        """What connections to this database are: what they have in common needs none."""
        return SqliteConnection if self.address.path is not None else _postgresql()

    @property
    def connection(self) -> Connection:
        """This thread's connection, opened anew after a fork or when it broke."""
        held: Connection | None = getattr(self._held, "connection", None)
        if held is not None and held.process == os.getpid() and held.usable:
            return held
        return self._open()

    def acting(self, reader: Visibility) -> Acting:
        """Let statements of this thread run for `reader`: all that one may see of any type."""
        return Acting(self._held, reader)

    def rows(self, sql: str, parameters: Parameters = (), *, one_way: bool = False) -> list[Row]:
        """Return what a reading statement yields; once more on a new connection if ours broke.

        `one_way`: one plan of the database serves whatever its parameters are.
        Raises Unavailable when the database cannot answer, Nobody for a statement on resources
        while it is not known for whom.
        """
        if not about_resources(sql):
            return self.read(lambda connection: connection.rows(sql, parameters))
        reader: Visibility | None = getattr(self._held, "reader", None)
        if reader is None:
            raise Nobody
        return self.read(
            lambda connection: connection.rows_for(reader, sql, parameters, one_way=one_way)
        )

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement as a transaction of its own and return how many rows it touched."""
        return self.connection.execute(sql, parameters)

    def read(self, ask: Callable[[Connection], T]) -> T:
        """Return `ask(connection)`, asked again once if the connection turns out to be broken."""
        connection = self.connection
        try:
            return ask(connection)
        except Unavailable:
            if connection.usable:
                raise
        return ask(self.connection)

    def check(self) -> None:
        """Raise ConfigurationError unless the schema is the one this program was made for."""
        try:
            found = self.rows("SELECT version_num FROM alembic_version")
        except Exception as error:
            raise ConfigurationError("the database has no tables: run `fhirbridge init`") from error
        if found != [(HEAD,)]:
            raise ConfigurationError("the database has another schema: run `fhirbridge init`")
        if self.rows("SELECT cluster FROM ledger") != [(self.read(lambda held: held.cluster()),)]:
            raise ConfigurationError("the database is a copy of another: run `fhirbridge init`")
        if self.limits_rows and self.rows(row_security.IN_PLACE) != [(True,)]:
            raise ConfigurationError("row-level security is not in place: run `fhirbridge init`")

    def close(self) -> None:
        """Close every connection this process opened."""
        with self._lock:
            for _, connection in self._all:
                if connection.process == os.getpid():
                    connection.close()
            self._all.clear()
        self._held = threading.local()

    def _open(self) -> Connection:
        connection = self._connect()
        with self._lock:
            self._forget_ended_threads()
            self._all.append((threading.current_thread(), connection))
        self._held.connection = connection
        return connection

    def _connect(self) -> Connection:
        limits = self._limits
        if self.address.path is not None:
            return SqliteConnection(self.address.path, limits.cache)
        return _postgresql()(
            self.address.driver, statement_timeout=limits.statement, lock_timeout=limits.lock
        )

    def _forget_ended_threads(self) -> None:
        """Close what dead threads held. A parent's connections stay open: they are the parent's."""
        kept = []
        for thread, connection in self._all:
            ours = connection.process == os.getpid()
            if ours and not (thread.is_alive() and connection.usable):
                connection.close()
            else:
                kept.append((thread, connection))
        self._all = kept

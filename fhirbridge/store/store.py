"""The one door to the database: reading by what `permit` let through, writing in transactions."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.fhir.errors import Unavailable
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.parameter import SearchContext
from fhirbridge.store.address import Address
from fhirbridge.store.connection import Contended
from fhirbridge.store.cursors import Cursors
from fhirbridge.store.database import Database, Limits
from fhirbridge.store.index.fingerprint import fingerprint
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.own_links import OwnLinks
from fhirbridge.store.reindex import reindex
from fhirbridge.store.tokens import Tokens
from fhirbridge.store.transaction import Transaction

T = TypeVar("T")
# A unit that loses this many races gives up.
ATTEMPTS = 6
FIRST_PAUSE = 0.01
MADE_FROM = "UPDATE ledger SET made_from = ?"
NOTHING_STORED = " WHERE NOT EXISTS (SELECT 1 FROM resource)"


class Store(OwnLinks):
    """All that is kept. Safe to share between threads.

    `tokens` and `cursors` are also outside transactions, each call being one of its own.
    """

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        super().__init__(database, types, context)
        self.tokens = Tokens(database)
        self.cursors = Cursors(database)
        self._active = threading.local()

    @classmethod
    def open(
        cls,
        url: str,
        definitions: Mapping[str, ResourceDefinition],
        zone: ZoneInfo,
        base_url: str,
        limits: Limits = Limits(),  # noqa: B008 (immutable)
    ) -> Self:
        """Return the store at `url`; nothing is asked of the database yet.

        `zone` and `base_url` are how dates without a zone and absolute references are read when
        they are indexed: after another choice, `reindex`. Raises ValueError for a wrong URL.
        """
        types = {type_: TypeIndex(one, definitions) for type_, one in definitions.items()}
        context = SearchContext(zone, base_url, now=0)
        return cls(Database(Address.parse(url), limits), types, context)

    def migrate(self) -> None:
        """Bring the database to the schema this program needs."""
        # Imported here: serving must not pay for SQLAlchemy and Alembic.
        from fhirbridge.store.migrate import migrate  # noqa: PLC0415

        migrate(self.database.address, definitions=self._definitions)
        self.database.execute(MADE_FROM + NOTHING_STORED, (self._made_from,))

    def check(self) -> None:
        """Raise ConfigurationError, one line, unless tables and index are this program's."""
        self.database.check()
        if not self.is_indexed:
            raise ConfigurationError("the index is of other declarations: run `fhirbridge init`")

    @property
    def is_indexed(self) -> bool:
        """Whether the index was made from the declarations and the zone of this program."""
        return self.database.rows("SELECT made_from FROM ledger") == [(self._made_from,)]

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give a unit of work: written together at the end, or not at all.

        Raises Unavailable when it lost a race; `run` tries again instead. Searches of the same
        thread see what the unit wrote. RuntimeError: the thread has a transaction already.
        """
        try:
            with self._unit() as transaction:
                yield transaction
        except Contended as error:
            raise Unavailable("The database is too busy.") from error

    @property
    def active(self) -> Transaction | None:
        """The transaction that this thread is in, if any."""
        found: Transaction | None = getattr(self._active, "transaction", None)
        return found

    def run(self, unit: Callable[[Transaction], T]) -> T:
        """Return `unit(transaction)`, done again from the start when it lost a race.

        `unit` must have no effect but through its transaction. Raises Unavailable when it keeps
        losing.
        """
        for attempt in range(ATTEMPTS):
            try:
                with self._unit() as transaction:
                    if attempt:
                        # Losers go one after another, so that they do not lose to each other.
                        transaction.alone("lost a race")
                    return unit(transaction)
            except Contended:
                time.sleep(FIRST_PAUSE * 2**attempt * random.random())  # noqa: S311 (no secret)
        raise Unavailable("The database is too busy.")

    def reindex(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Compute every index row anew from the stored bodies; return how many resources."""
        count = reindex(self.run, self.database, self._types, self._context, progress)
        self.database.execute(MADE_FROM, (self._made_from,))
        return count

    @cached_property
    def _definitions(self) -> dict[str, ResourceDefinition]:
        return {type_: one.definition for type_, one in self._types.items()}

    @cached_property
    def _made_from(self) -> str:
        return fingerprint(self._definitions, self._context.zone)

    @contextmanager
    def _unit(self) -> Iterator[Transaction]:
        if getattr(self._active, "transaction", None) is not None:
            raise RuntimeError("this thread has a transaction already")
        connection = self.database.connection
        connection.begin()
        transaction = Transaction(connection, self._types, self._context)
        self._active.transaction = transaction
        try:
            yield transaction
            transaction.flush()
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            self._active.transaction = None

    def _flush_own(self) -> None:
        transaction: Transaction | None = getattr(self._active, "transaction", None)
        if transaction is not None:
            transaction.flush()

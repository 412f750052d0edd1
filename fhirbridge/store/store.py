"""The one door to the database: reading by what `permit` let through, writing in transactions."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.include import Include
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import PermittedQuery
from fhirbridge.store.address import Address
from fhirbridge.store.connection import Contended
from fhirbridge.store.cursors import Cursors
from fhirbridge.store.database import Database, Limits
from fhirbridge.store.following import Following
from fhirbridge.store.history import History, Window
from fhirbridge.store.including import included
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.reading import Reading
from fhirbridge.store.reindex import reindex
from fhirbridge.store.searching import Search
from fhirbridge.store.several import Several
from fhirbridge.store.stored import Page, Stored
from fhirbridge.store.tokens import Tokens
from fhirbridge.store.transaction import Transaction

T = TypeVar("T")
# A unit that loses this many races gives up.
ATTEMPTS = 6
FIRST_PAUSE = 0.01


class Store:
    """All that is kept. Safe to share between threads.

    `tokens` and `cursors` are also outside transactions, each call being one of its own.
    """

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self.database = database
        self._types = types
        self._context = context
        self._search = Search(database, types, context)
        self._several = Several(self._search)
        self._reading = Reading(database, types, context)
        self._following = Following(database, types, context, self._reading)
        self._history = History(database, types, self._reading)
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

        migrate(self.database.address)

    def check(self) -> None:
        """Raise ConfigurationError, one line, unless `migrate` was run for this program."""
        self.database.check()

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def read(self, permitted: PermittedQuery) -> Stored | None:
        """Return the resource a `by_id` query asks for, also when deleted; None: not visible."""
        # Whoever sees everything needs no index to find an id: a transaction of many writes, each
        # answered with what was stored, is written together at its end.
        if not permitted.visibility.everything:
            self._flush_own()
        return self._reading.read(permitted)

    def vread(self, permitted: PermittedQuery, version: int) -> Stored | None:
        """Return one version of the resource a `by_id` query asks for; None: not visible."""
        self._flush_own()
        return self._reading.vread(permitted, version)

    def history(self, permitted: PermittedQuery, window: Window) -> Page | None:
        """Return versions of the resource a `by_id` query asks for; None: not visible."""
        self._flush_own()
        return self._history.instance(permitted, window)

    def history_of_types(self, permitted: Sequence[PermittedQuery], window: Window) -> Page:
        """Return versions of whole types; see `History.types`."""
        self._flush_own()
        return self._history.types(permitted, window)

    def search(self, permitted: PermittedQuery) -> Page:
        """Return one page of matches; see `Search.page`."""
        self._flush_own()
        return self._search.page(permitted)

    def search_types(self, permitted: Sequence[PermittedQuery]) -> Page:
        """Return one page of matches of several types; see `Several.page`."""
        self._flush_own()
        return self._several.page(permitted)

    def include(
        self,
        matches: Sequence[Stored],
        includes: Sequence[Include],
        types: Mapping[str, PermittedQuery],
        limit: int,
    ) -> list[Stored]:
        """Return what `includes` add to a page's matches; see `including.included`."""
        self._flush_own()
        return included(self._following, matches, includes, types, limit)

    def explain(self, permitted: PermittedQuery) -> str:
        """Return how a search is answered, for people."""
        return self._search.explain(permitted)

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
                    return unit(transaction)
            except Contended:
                time.sleep(FIRST_PAUSE * 2**attempt * random.random())  # noqa: S311 (no secret)
        raise Unavailable("The database is too busy.")

    def reindex(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Compute every index row anew from the stored bodies; return how many resources."""
        return reindex(self.run, self.database, self._types, self._context, progress)

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

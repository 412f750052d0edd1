"""Reading by what `permit` let through, with the nets below the predicate of visibility.

Statements on resources run only while it is known for whom (`Database.acting`), and what was found
is looked at once more before it leaves (`outgoing`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from fhirbridge.search.include import Include
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import PermittedQuery
from fhirbridge.store.database import Database
from fhirbridge.store.following import Following
from fhirbridge.store.history import History, Window
from fhirbridge.store.including import included
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.outgoing import Outgoing
from fhirbridge.store.reading import Reading
from fhirbridge.store.related import Related
from fhirbridge.store.searching import Search
from fhirbridge.store.several import Several
from fhirbridge.store.stored import Page, Stored

T = TypeVar("T")


class Reads:
    """What can be asked of a store."""

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
        self._outgoing = Outgoing(types, Related(database, types, context))

    def read(self, permitted: PermittedQuery) -> Stored | None:
        """Return the resource a `by_id` query asks for, also when deleted; None: not visible."""
        # Whoever sees everything needs no index to find an id: a transaction of many writes, each
        # answered with what was stored, is written together at its end.
        if permitted.visibility.everything:
            with self.database.acting(permitted.reader or permitted.visibility):
                found = self._reading.read(permitted)
        else:
            found = self._ask(permitted, lambda: self._reading.read(permitted))
        self._outgoing.check((found,), permitted)
        return found

    def vread(self, permitted: PermittedQuery, version: int) -> Stored | None:
        """Return one version of the resource a `by_id` query asks for; None: not visible."""
        found = self._ask(permitted, lambda: self._reading.vread(permitted, version))
        self._outgoing.check((found,), permitted)
        return found

    def history(self, permitted: PermittedQuery, window: Window) -> Page | None:
        """Return versions of the resource a `by_id` query asks for; None: not visible."""
        page = self._ask(permitted, lambda: self._history.instance(permitted, window))
        self._outgoing.check(page.matches if page else (), permitted)
        return page

    def history_of_types(self, permitted: Sequence[PermittedQuery], window: Window) -> Page:
        """Return versions of whole types; see `History.types`."""
        page = self._ask(permitted[0], lambda: self._history.types(permitted, window))
        self._outgoing.check(page.matches, permitted[0])
        return page

    def search(self, permitted: PermittedQuery, *, sent: bool = False) -> Page:
        """Return one page of matches; see `Search.page`."""
        page = self._ask(permitted, lambda: self._search.page(permitted, sent=sent))
        self._outgoing.check(page.matches, permitted)
        return page

    def search_types(self, permitted: Sequence[PermittedQuery]) -> Page:
        """Return one page of matches of several types; see `Several.page`."""
        page = self._ask(permitted[0], lambda: self._several.page(permitted))
        self._outgoing.check(page.matches, permitted[0])
        return page

    def include(
        self,
        matches: Sequence[Stored],
        includes: Sequence[Include],
        types: Mapping[str, PermittedQuery],
        limit: int,
    ) -> list[Stored]:
        """Return what `includes` add to a page's matches; see `including.included`."""
        permitted = next(iter(types.values()))
        found = self._ask(
            permitted, lambda: included(self._following, matches, includes, types, limit)
        )
        self._outgoing.check(found, permitted)
        return found

    def explain(self, permitted: PermittedQuery) -> str:
        """Return how a search is answered, for people."""
        return self._ask(permitted, lambda: self._search.explain(permitted))

    def _ask(self, permitted: PermittedQuery, ask: Callable[[], T]) -> T:
        """Return what `ask` does for whom the query was permitted."""
        self._flush_own()
        with self.database.acting(permitted.reader or permitted.visibility):
            return ask()

    def _flush_own(self) -> None:
        """Let the reads see what a transaction of this thread wrote."""

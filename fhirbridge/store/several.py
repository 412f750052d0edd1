"""Searches on several types at once: https://hl7.org/fhir/R4/http.html#search.

With a sort the rows of all types are merged by it; without one, the types follow one another in the
order in which they were asked for, each in its own order.
"""

from collections.abc import Sequence
from dataclasses import replace

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.query import Cursor, PermittedQuery, Snapshot
from fhirbridge.store.merging import merged
from fhirbridge.store.searching import Search, ended, matches
from fhirbridge.store.stored import Page, Stored


class Several:
    """Searches on several types of one store."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def page(self, permitted: Sequence[PermittedQuery]) -> Page:
        """Return the matches of all queries after the cursor they share, and their total.

        The queries have count, total, cursor and sort in common. Raises as `Search.page`.
        """
        query = permitted[0].query
        after = query.after
        snapshot = self._search.moment() if after is None else after.snapshot
        total = after.total if after is not None else None
        if after is None and query.total:
            asked = [self._search.ask(one, None, snapshot) for one in permitted]
            total = sum(self._search.count(one) for one in asked)
        if query.count == 0:
            return Page([], total, None)
        walk = self._merged if query.sort else self._one_after_another
        found, end = walk(permitted, after, snapshot)
        return Page(found, total, None if end is None else replace(end, total=total))

    def _merged(
        self, permitted: Sequence[PermittedQuery], after: Cursor | None, snapshot: Snapshot | None
    ) -> tuple[list[Stored], Cursor | None]:
        limit = permitted[0].query.count
        asked = [self._search.ask(one, after, snapshot) for one in permitted]
        rows = [self._search.rows(one, limit + 1) for one in asked]
        owner = {row[0]: one for one, some in zip(asked, rows, strict=True) for row in some}
        ordered = merged(asked[0].sort, rows, limit + 1)
        found = [stored for row in ordered[:limit] for stored in matches(owner[row[0]], [row])]
        if len(ordered) <= limit:
            return found, None
        return found, ended(asked[0], ordered[limit - 1], None)

    def _one_after_another(
        self, permitted: Sequence[PermittedQuery], after: Cursor | None, snapshot: Snapshot | None
    ) -> tuple[list[Stored], Cursor | None]:
        limit = permitted[0].query.count
        begin, position = _resumed(permitted, after)
        found: list[Stored] = []
        end: Cursor | None = None
        for one in permitted[begin:]:
            asked = self._search.ask(one, position, snapshot)
            position, room = None, limit - len(found)
            rows = self._search.rows(asked, room + 1)
            if rows[:room]:
                inner = ended(asked, rows[:room][-1], None)
                end = replace(inner, sort=(one.query.type_, *inner.sort))
                found += matches(asked, rows[:room])
            if len(rows) > room:
                return found, end
        return found, None


def _resumed(
    permitted: Sequence[PermittedQuery], after: Cursor | None
) -> tuple[int, Cursor | None]:
    """Return which query goes on, and where. Raises Invalid for another search's cursor."""
    if after is None:
        return 0, None
    for number, one in enumerate(permitted):
        if after.sort and one.query.type_ == after.sort[0]:
            return number, replace(after, sort=after.sort[1:])
    raise Invalid("The page does not belong to this search.")

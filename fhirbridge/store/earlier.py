"""Resources written since a search's first page, by the version that page saw.

The index knows what is current. Of what was written since, the version of then is taken from
history and judged in memory: does it match, may its reader see it, where is its place.
"""

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.json import parse
from fhirbridge.search.common import ID
from fhirbridge.search.evaluate import World, matches
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Snapshot, SortKey
from fhirbridge.store.connection import Row
from fhirbridge.store.database import Database
from fhirbridge.store.found import BODY as BODY_AT
from fhirbridge.store.found import VERSION
from fhirbridge.store.index.kinds import COLUMNS as INDEXED
from fhirbridge.store.index.kinds import table_for
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.index.views import Views
from fhirbridge.store.merging import comes_after, merged
from fhirbridge.store.ordering import COLUMNS as SORTED
from fhirbridge.store.ordering import resumed
from fhirbridge.store.question import Question
from fhirbridge.store.settled import held_by
from fhirbridge.store.sql import Sql, negated, sql
from fhirbridge.store.versions import seen
from fhirbridge.store.visibility import visible
from fhirbridge.store.worlds import Worlds

CHANGED = (
    "SELECT s.row, r.id, s.version, h.updated, h.body FROM superseded s"
    " JOIN history h ON h.row = s.row AND h.version = s.version JOIN resource r ON r.row = s.row"
    " WHERE s.type = ? AND s.ended >= ? AND NOT h.deleted AND"
)
BODY = "SELECT body FROM history WHERE row = ? AND version = ?"
# More changes than this in the middle of a search: it is better begun again.
MOST_CHANGED = 10_000
# Of so many searches it is remembered what was judged for the pages before.
MOST_REMEMBERED = 16


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged: whose version of then matches, in order, and of how many, up to when."""

    upto: Snapshot
    rows: frozenset[int] = frozenset()
    placed: tuple[Row, ...] = ()


class Earlier:
    """The earlier versions of one store's resources."""

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self._database = database
        self._context = context
        self._worlds = Worlds(database, types, context)
        self._remembered: OrderedDict[Hashable, Judged] = OrderedDict()
        self._lock = threading.Lock()

    def rows(self, question: Question, sort: Sequence[SortKey], limit: int) -> list[Row]:
        """Return the next rows of a page, in order, that only the question's snapshot has.

        Raises Invalid when too much was written since: nothing may be left out in silence.
        """
        placed, after = self._judged(question, sort).placed, question.after
        begin = 0
        if after is not None:
            position = resumed(sort, after)
            begin = bisect_left(placed, True, key=lambda row: comes_after(sort, row, position))  # noqa: FBT003
        return [self._with_body(row) for row in placed[begin : begin + limit]]

    def count(self, question: Question, sort: Sequence[SortKey]) -> int:
        """Return how many rows of all pages only the question's snapshot has."""
        return len(self._judged(question, sort).placed)

    def _judged(self, question: Question, sort: Sequence[SortKey]) -> Judged:
        """Return what is to be judged by now; what was judged before is not gone into again.

        Where rights depend on the reader, they may have changed as well: all is judged anew.
        """
        snapshot = question.snapshot
        if snapshot is None:
            raise ValueError("only a later page has earlier versions")
        before = Judged(snapshot)
        if not question.permitted.visibility.everything:
            return self._further(question, sort, before)
        visibility = question.permitted.visibility
        key = (question.index.type_, snapshot, question.asked, tuple(sort), visibility)
        with self._lock:
            before = self._remembered.get(key, before)
        judged = self._further(question, sort, before)
        with self._lock:
            self._remembered[key] = judged
            self._remembered.move_to_end(key)
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return judged

    def _further(self, question: Question, sort: Sequence[SortKey], before: Judged) -> Judged:
        """Return `before` with what has changed since."""
        connection = self._database.connection
        (moment,) = self._database.rows(f"SELECT {connection.moment}")[0]
        changed = [row for row in self._changed(question, before.upto) if row[0] not in before.rows]
        known = before.rows.union(row[0] for row in changed)
        if len(known) > MOST_CHANGED:
            raise Invalid("Too much has changed since the first page: repeat the search")
        placed = before.placed
        if changed:
            versions = [(row, parse(row[-1])) for row in changed]
            world = self._worlds.around(question, [resource for _, resource in versions])
            fresh = (self._placed(question, sort, row, one, world) for row, one in versions)
            found = [row for row in fresh if row is not None]
            placed = tuple(merged(sort, [placed, found], len(placed) + len(found)))
        return Judged(connection.snapshot(moment), known, placed)

    def _changed(self, question: Question, since: Snapshot) -> list[Row]:
        """Return (row, id, version, updated, body) of what was current then and ended `since`."""
        snapshot = question.snapshot or since
        statement = sql(
            Sql(CHANGED, (question.index.type_, min((since.before, *since.running)))),
            negated(held_by("s.ended", since)),
            "AND",
            held_by("s.began", snapshot),
            "AND",
            visible(question.index.definition, "s", question.permitted.visibility),
            Sql("LIMIT ?", (MOST_CHANGED + 1,)),
        )
        return self._database.rows(statement.text, statement.parameters)

    def _placed(
        self,
        question: Question,
        sort: Sequence[SortKey],
        row: Row,
        resource: dict[str, Any],
        world: World,
    ) -> Row | None:
        """Return a version as a row of a page; None when it does not match or is not to be seen.

        Without its body when that is what is stored: many are remembered, few are shown.
        """
        number, id_, version, updated, body = row
        shown = seen(question, body, self._database, self._context)
        query = replace(question.query, clauses=question.asked)
        if shown is None or not matches(query, resource, self._context, world):
            return None
        values = _sort_values(question, sort, number, resource, self._context)
        text = None if shown is body else shown
        return (number, id_, text, None, None, version, updated, *values)

    def _with_body(self, row: Row) -> Row:
        if row[BODY_AT] is not None:
            return row
        ((body,),) = self._database.rows(BODY, (row[0], row[VERSION]))
        return (*row[:BODY_AT], body, *row[BODY_AT + 1 :])


def _sort_values(
    question: Question,
    sort: Sequence[SortKey],
    row: int,
    resource: dict[str, Any],
    context: SearchContext,
) -> Iterator[Any]:
    """Yield what the index would hold of each key: see `ordering.sort_columns`."""
    views = Views(question.index.definition.access, resource)
    tables = question.index.tables(row, views, context)
    for key in sort:
        if key.parameter.code == ID.code:
            yield resource["id"]
            continue
        column, nothing = SORTED[key.parameter.kind]
        table = table_for(key.parameter, None)
        at, param = INDEXED[table].index(column), INDEXED[table].index("param")
        numbers = question.numbers(key.parameter)
        found = [one[at] for one in tables.get(table, ()) if one[param] in numbers]
        values = [value for value in found if value is not None]
        yield (max if key.descending else min)(values, default=nothing)

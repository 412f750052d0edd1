"""Resources written since a search's first page, by the version that page saw.

The index knows what is current. Of what was written since, the version of then is taken from
history and judged in memory: does it match, may its reader see it, where is its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.json import parse
from fhirbridge.search.common import ID
from fhirbridge.search.evaluate import World, matches
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import SortKey
from fhirbridge.store.connection import Row
from fhirbridge.store.database import Database
from fhirbridge.store.index.kinds import COLUMNS as INDEXED
from fhirbridge.store.index.kinds import table_for
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.merging import comes_after
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
# More changes than this in the middle of a search: it is better begun again.
MOST_CHANGED = 10_000


class Earlier:
    """The earlier versions of one store's resources."""

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self._database = database
        self._context = context
        self._worlds = Worlds(database, types, context)

    def rows(self, question: Question, sort: Sequence[SortKey]) -> list[Row]:
        """Return the rows of a page, in no order, that only the question's snapshot has.

        Raises Invalid when too much was written since: nothing may be left out in silence.
        """
        changed = self._changed(question)
        if len(changed) > MOST_CHANGED:
            raise Invalid("Too much has changed since the first page: repeat the search")
        if not changed:
            return []
        versions = [(row, parse(row[-1])) for row in changed]
        world = self._worlds.around(question, [resource for _, resource in versions])
        found = (self._placed(question, sort, row, one, world) for row, one in versions)
        return [row for row in found if row is not None]

    def _changed(self, question: Question) -> list[Row]:
        """Return (row, id, version, updated, body) of what was current then and is not now."""
        snapshot = question.snapshot
        if snapshot is None:
            return []
        first = min((snapshot.before, *snapshot.running))
        statement = sql(
            Sql(CHANGED, (question.index.type_, first)),
            negated(held_by("s.ended", snapshot)),
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
        """Return a version as a row of a page; None when it is not on this page or a later one."""
        number, id_, version, updated, body = row
        shown = seen(question, body, self._database, self._context)
        query = replace(question.query, clauses=question.asked)
        if shown is None or not matches(query, resource, self._context, world):
            return None
        values = _sort_values(question, sort, number, resource, self._context)
        placed = (number, id_, version, updated, shown, None, *values)
        after = question.after
        if after is not None and not comes_after(sort, placed, resumed(sort, after)):
            return None
        return placed


def _sort_values(
    question: Question,
    sort: Sequence[SortKey],
    row: int,
    resource: dict[str, Any],
    context: SearchContext,
) -> Iterator[Any]:
    """Yield what the index would hold of each key: see `ordering.sort_columns`."""
    tables = question.index.tables(row, resource, context)
    for key in sort:
        if key.parameter.code == ID.code:
            yield resource["id"]
            continue
        column, nothing = SORTED[key.parameter.kind]
        table = table_for(key.parameter, None)
        at, param = INDEXED[table].index(column), INDEXED[table].index("param")
        number = question.number(key.parameter.code)
        found = [one[at] for one in tables.get(table, ()) if one[param] == number]
        values = [value for value in found if value is not None]
        yield (max if key.descending else min)(values, default=nothing)

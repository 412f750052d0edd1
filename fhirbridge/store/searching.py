"""Answering a permitted search: https://hl7.org/fhir/R4/http.html#search.

All pages of a search show what its first page saw. Rows written since are not taken from the index:
they are judged by the version that the first page saw (`earlier`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import (
    Cursor,
    PermittedQuery,
    Snapshot,
    SortKey,
)
from fhirbridge.store.connection import Row
from fhirbridge.store.database import Database
from fhirbridge.store.earlier import Earlier
from fhirbridge.store.explaining import described
from fhirbridge.store.filtering import probe
from fhirbridge.store.found import MOMENT, PLAIN, Found
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.lookup import looked_up
from fhirbridge.store.merging import merged
from fhirbridge.store.ordering import cursor
from fhirbridge.store.planning import FEW, plan
from fhirbridge.store.question import Led, Plan, Question, RowWalk, Walk
from fhirbridge.store.sql import Sql
from fhirbridge.store.statements import page, total
from fhirbridge.store.stored import Page
from fhirbridge.store.ways import Ready, Ways

# SQLite takes 32,766, PostgreSQL 65,535.
MOST_PARAMETERS = 30_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, how it is answered, and in which order its rows come."""

    question: Question
    plan: Plan
    sort: tuple[SortKey, ...]


class Search:
    """Searches on the types of one store."""

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self._database = database
        self._types = types
        self._earlier = Earlier(database, types, context)
        self._ways = Ways(types)

    def page(self, permitted: PermittedQuery, *, sent: bool = False) -> Page:
        """Return the matches after the query's cursor, and the total if it asks for that.

        With `sent` versions and times may be missing, where a patient asks.
        Raises Invalid when the cursor belongs to another search or too much was written since its
        first page, Unavailable when the database cannot answer, KeyError for a type that this store
        was not opened with.
        """
        # A version may be told to others, so it is read for them.
        sent = sent and permitted.as_patient
        ready = self._ways.find(permitted, sent=sent)
        walked = None if ready is None else self._walked(ready)
        return self._planned(permitted, sent=sent) if walked is None else walked

    def _walked(self, ready: Ready) -> Page | None:
        """Return the page of a search whose way is known; None when more must be looked at."""
        permitted = ready.permitted
        query, after = permitted.query, permitted.query.after
        rows = self._database.rows(ready.text, ready.parameters, one_way=True)
        seen = self._database.dialect.snapshot(rows[0][MOMENT]) if rows else None
        more = len(rows) > query.count
        if (after is not None and after.snapshot != seen) or (query.total and more):
            return None
        known = after.total if after is not None else len(rows) if query.total else None
        end = None
        if more:
            last = rows[query.count - 1]
            end = Cursor((last[-1],), last[0], seen, known)
            del rows[query.count :]
        return Page(found(permitted, self._types[query.type_], rows, sent=ready.sent), known, end)

    def _planned(self, permitted: PermittedQuery, *, sent: bool) -> Page:
        """Return the page of a search that is planned; its way is kept for others like it."""
        query = permitted.query
        after, limit = query.after, query.count
        asked = self.ask(permitted, after, None if after is None else after.snapshot)
        self._ways.learn(asked.question, asked.plan, sent=sent)
        if limit == 0:
            return Page([], self.count(asked), None)
        # One more than the page shows whether there is a next one.
        rows = self.rows(asked, limit + 1)
        if after is not None:
            known = after.total
        elif not query.total:
            known = None
        else:
            known = self.count(asked) if len(rows) > limit else len(rows)
        end = ended(asked, rows[limit - 1], known) if len(rows) > limit else None
        return Page(matches(asked, rows[:limit]), known, end)

    def ask(
        self, permitted: PermittedQuery, after: Cursor | None, snapshot: Snapshot | None
    ) -> Asked:
        """Return the query as it is to be answered after a position, as of a snapshot."""
        question = Question(self._types[permitted.query.type_], permitted, self._types)
        question.after, question.snapshot = after, snapshot
        question.moment = self._database.dialect.moment
        question = looked_up(question, self._run)
        chosen = plan(question, lambda one: int(self._run(probe(question, one, FEW))[0][0]))
        return Asked(question, chosen, order_of(question, chosen))

    def rows(self, asked: Asked, limit: int) -> list[Row]:
        """Return up to `limit` rows in order; the first ones asked for tell the snapshot."""
        question = asked.question
        along = asked.plan
        one_way = isinstance(along, Walk) and len(along.keys) == 1
        rows = self._run(page(question, along, limit), one_way=one_way)
        seen = self._database.dialect.snapshot(rows[0][MOMENT]) if rows else None
        if question.snapshot is None:
            question.snapshot = seen
        elif question.snapshot != seen:
            earlier = self._earlier.rows(question, asked.sort, limit)
            rows = merged(asked.sort, [rows, earlier], limit) if earlier else rows
        return rows

    def count(self, asked: Asked) -> int:
        """Return how many matches all pages have."""
        question = asked.question
        statement = total(question, asked.plan)
        found = int(self._run(statement)[0][0])
        if question.snapshot is not None:
            found += self._earlier.count(question, asked.sort)
        return found

    def moment(self) -> Snapshot:
        """Return the snapshot of now."""
        connection = self._database.connection
        rows = self._database.rows(f"SELECT {connection.moment}")
        return connection.snapshot(rows[0][0])

    def explain(self, permitted: PermittedQuery) -> str:
        """Return the plan, the statement and the database's own plan, for people."""
        asked = self.ask(permitted, permitted.query.after, None)
        statement = page(asked.question, asked.plan, permitted.query.count + 1)
        prefix = "EXPLAIN QUERY PLAN " if self._database.address.path is not None else "EXPLAIN "
        rows = self._database.rows(prefix + statement.text, statement.parameters)
        steps = "\n".join(str(row[-1]) for row in rows)
        return f"{described(asked.plan)}\n\n{statement.text}\n\n{steps}"

    def _run(self, statement: Sql, *, one_way: bool = False) -> list[Row]:
        if len(statement.parameters) > MOST_PARAMETERS:
            raise Invalid("The search asks for too much at once: name fewer values")
        return self._database.rows(statement.text, statement.parameters, one_way=one_way)


def order_of(question: Question, chosen: Plan) -> tuple[SortKey, ...]:
    """Return the keys by which a plan's rows come, the row number being the last."""
    match chosen:
        case Walk():
            parameter = question.index.parameters[chosen.combination.sort]
            return (SortKey(parameter, chosen.descending),)
        case RowWalk():
            return ()
        case Led():
            return chosen.sort


def ended(asked: Asked, last: Row, total_: int | None) -> Cursor:
    """Return the cursor of a page that ends with the row `last`."""
    position = cursor(asked.sort, last[PLAIN:], last[0])
    return replace(position, snapshot=asked.question.snapshot, total=total_)


def matches(asked: Asked, rows: list[Row]) -> Found:
    """Return `rows` as their reader may see them."""
    return found(asked.question.permitted, asked.question.index, rows)


def found(
    permitted: PermittedQuery, index: TypeIndex, rows: list[Row], *, sent: bool = False
) -> Found:
    """Return the rows of a page as the reader of the query may see them."""
    as_patient = permitted.as_patient
    dated = not as_patient or index.definition.access.versioned
    return Found(index.type_, rows, as_patient=as_patient, dated=dated, sent=sent)

"""Answering a permitted search: https://hl7.org/fhir/R4/http.html#search."""

from collections.abc import Mapping

from fhirbridge.search.query import Chain, Clause, Criterion, Cursor, Has, PermittedQuery, SortKey
from fhirbridge.store.connection import Row
from fhirbridge.store.database import Database
from fhirbridge.store.filtering import probe
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.lookup import looked_up
from fhirbridge.store.ordering import cursor
from fhirbridge.store.planning import FEW, plan
from fhirbridge.store.question import Plan, Question, Walk
from fhirbridge.store.statements import page, total
from fhirbridge.store.stored import Page, Stored

# The columns of a page before its sort values.
PLAIN = 5


class Search:
    """Searches on the types of one store."""

    def __init__(self, database: Database, types: Mapping[str, TypeIndex]) -> None:
        self._database = database
        self._types = types

    def page(self, permitted: PermittedQuery) -> Page:
        """Return the matches after the query's cursor, and the total if it asks for that.

        Raises Invalid when the cursor belongs to another search, Unavailable when the database
        cannot answer, KeyError for a type that this store was not opened with.
        """
        question = self._question(permitted)
        chosen = self._plan(question)
        count = self._total(question, chosen) if permitted.query.total else None
        limit = permitted.query.count
        if limit == 0:
            return Page([], count, None)
        # One more than the page shows whether there is a next one.
        statement = page(question, chosen, limit + 1)
        rows = self._database.rows(statement.text, statement.parameters)
        after = _after(question, chosen, rows[limit - 1]) if len(rows) > limit else None
        return Page(_matches(question, rows[:limit]), count, after)

    def explain(self, permitted: PermittedQuery) -> str:
        """Return the plan, the statement and the database's own plan, for people."""
        question = self._question(permitted)
        chosen = self._plan(question)
        statement = page(question, chosen, permitted.query.count + 1)
        prefix = "EXPLAIN QUERY PLAN " if self._database.address.path is not None else "EXPLAIN "
        rows = self._database.rows(prefix + statement.text, statement.parameters)
        steps = "\n".join(str(row[-1]) for row in rows)
        return f"{_described(chosen)}\n\n{statement.text}\n\n{steps}"

    def _question(self, permitted: PermittedQuery) -> Question:
        question = Question(self._types[permitted.query.type_], permitted, self._types)
        return looked_up(question, self._database)

    def _plan(self, question: Question) -> Plan:
        def count(criterion: Criterion) -> int:
            counted = probe(question, criterion, FEW)
            return int(self._database.rows(counted.text, counted.parameters)[0][0])

        return plan(question, count)

    def _total(self, question: Question, chosen: Plan) -> int:
        statement = total(question, chosen)
        return int(self._database.rows(statement.text, statement.parameters)[0][0])


def _matches(question: Question, rows: list[Row]) -> list[Stored]:
    type_, as_patient = question.index.type_, question.permitted.as_patient
    dated = question.dated
    return [
        Stored(row[0], type_, row[1], row[2], row[3], row[4], False, as_patient, dated)  # noqa: FBT003
        for row in rows
    ]


def _after(question: Question, chosen: Plan, last: Row) -> Cursor:
    if isinstance(chosen, Walk):
        return Cursor((last[PLAIN],), last[0])
    sort: tuple[SortKey, ...] = getattr(chosen, "sort", question.query.sort)
    return cursor(sort, last[PLAIN:], last[0])


def _described(chosen: Plan) -> str:
    names = [f"{field}: {_shown(getattr(chosen, field))}" for field in chosen.__slots__]
    return "\n".join([type(chosen).__name__, *names])


def _shown(value: object) -> str:
    """Return the part of a plan in the words of a query string."""
    if isinstance(value, tuple):
        return ", ".join(_shown(one) for one in value) or "none"
    if isinstance(value, Clause):
        modifier = f":{value.modifier}" if value.modifier else ""
        return f"{value.parameter.code}{modifier} ({len(value.values)})"
    if isinstance(value, Chain):
        return f"{value.parameter.code}:{value.type_}.{_shown(value.criterion)}"
    if isinstance(value, Has):
        return f"_has:{value.type_}:{value.parameter.code}:{_shown(value.criterion)}"
    if isinstance(value, SortKey):
        return f"{'-' if value.descending else ''}{value.parameter.code}"
    return str(value)

"""Reading one resource by its id, now or as it was: https://hl7.org/fhir/R4/http.html#read."""

from collections.abc import Mapping

from fhirbridge.search.common import ID
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Clause, PermittedQuery
from fhirbridge.search.values import TokenValue
from fhirbridge.store.connection import Row
from fhirbridge.store.database import Database
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.question import Question
from fhirbridge.store.sql import Sql, sql
from fhirbridge.store.statements import body
from fhirbridge.store.stored import Stored
from fhirbridge.store.versions import seen
from fhirbridge.store.visibility import visible

COLUMNS = "SELECT r.row, r.id, r.version, r.updated, r.deleted,"
BY_ID = "FROM resource r WHERE r.type = ? AND r.id = ? AND"
BY_OWNER = (
    "FROM (SELECT coalesce((SELECT i.row FROM resource i WHERE i.type = ? AND i.id = ?), 0) AS row)"
    " n CROSS JOIN resource r WHERE"
)
OLD = "SELECT updated, deleted, body FROM history WHERE row = ? AND version = ?"


class Reading:
    """Reads from the types of one store."""

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self._database = database
        self._types = types
        self._context = context

    def read(self, permitted: PermittedQuery) -> Stored | None:
        """Return the resource that `by_id` asks for, also when it is deleted; None: not visible.

        Raises ValueError for another query, Unavailable when the database cannot answer.
        """
        question = Question(self._types[permitted.query.type_], permitted)
        evenly = permitted.visibility.patient is not None and not self._database.limits_rows
        statement = _evenly(question) if evenly else _statement(question)
        rows = self._database.rows(statement.text, statement.parameters)
        return _stored(question, rows[0]) if rows else None

    def vread(self, permitted: PermittedQuery, version: int) -> Stored | None:
        """Return one version of the resource, or None when there is none to be seen.

        Both that version and the newest must be visible: what was somebody else's by mistake
        stays unseen, and so does what is somebody else's now.
        """
        newest = self.read(permitted)
        return None if newest is None else self.version(permitted, newest, version)

    def version(self, permitted: PermittedQuery, newest: Stored, version: int) -> Stored | None:
        """Return a version of the resource whose newest one is known and visible."""
        question = Question(self._types[permitted.query.type_], permitted)
        if newest.version == version or not question.dated:
            return newest if question.dated else None
        rows = self._database.rows(OLD, (newest.row, version))
        return self._old(question, newest, version, rows[0]) if rows else None

    def _old(self, question: Question, newest: Stored, version: int, row: Row) -> Stored | None:
        updated, deleted, stored = row
        shown = b"" if deleted else seen(question, stored, self._database, self._context)
        if shown is None:
            return None
        return newest._replace(version=version, updated=updated, deleted=bool(deleted), body=shown)


def _statement(question: Question) -> Sql:
    """Return the statement of a read: a search by id, through the same predicate."""
    seen = visible(question.index.definition, "r", question.permitted.visibility, resource=True)
    named = Sql(BY_ID, (question.index.type_, _id(question)))
    return sql(COLUMNS, body(question), named, seen)


def _evenly(question: Question) -> Sql:
    """Return the statement of a patient's read which takes as long whatever the id stands for.

    A row that is not there is looked at as one that is not theirs: there is no row 0. PostgreSQL's
    own net looks at each row it finds in any case.
    """
    seen = visible(question.index.definition, "n", question.permitted.visibility)
    named = Sql(BY_OWNER, (question.index.type_, _id(question)))
    return sql(COLUMNS, body(question), named, seen, "AND r.row = n.row")


def _id(question: Question) -> str:
    match question.query.clauses:
        case (Clause(parameter, (TokenValue(code=str(id_)),), None),) if parameter is ID:
            return id_
    raise ValueError("a read asks for one id")


def _stored(question: Question, row: Row) -> Stored:
    number, id_, version, updated, deleted, shown = row
    return Stored(
        number,
        question.index.type_,
        id_,
        version,
        updated,
        b"" if deleted else shown,
        bool(deleted),
        question.permitted.as_patient,
        question.dated,
    )

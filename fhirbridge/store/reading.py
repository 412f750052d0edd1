"""Reading one resource by its id, now or as it was: https://hl7.org/fhir/R4/http.html#read."""

from collections.abc import Mapping

from fhirbridge.search.common import ID
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Clause, PermittedQuery
from fhirbridge.search.recent import Recent
from fhirbridge.search.values import TokenValue
from fhirbridge.store.connection import Row
from fhirbridge.store.database import Database
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.question import Question
from fhirbridge.store.sql import Place, Sql, sql
from fhirbridge.store.statements import body, own
from fhirbridge.store.stored import Stored
from fhirbridge.store.template import Template, for_anyone
from fhirbridge.store.versions import seen
from fhirbridge.store.visibility import visible

COLUMNS = "SELECT r.row, r.id, r.version, r.updated, r.deleted,"
BY_ID = "FROM resource r WHERE r.type = ? AND r.id = ? AND"
BY_OWNER = (
    "FROM (SELECT coalesce((SELECT i.row FROM resource i WHERE i.type = ? AND i.id = ?), 0) AS row)"
    " n CROSS JOIN resource r WHERE"
)
# What is told when a read runs: the id, and whose eyes it is.
ID_ASKED, PATIENT = Place(0), Place(1)
OLD = "SELECT updated, deleted, body FROM history WHERE row = ? AND version = ?"


class Reading:
    """Reads from the types of one store."""

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self._database = database
        self._types = types
        self._context = context
        self._templates: Recent[Template] = Recent()

    def read(self, permitted: PermittedQuery) -> Stored | None:
        """Return the resource that `by_id` asks for, also when it is deleted; None: not visible.

        Raises ValueError for another query, Unavailable when the database cannot answer.
        """
        id_, seen = _id(permitted), permitted.visibility
        if seen.within or seen.practitioner is not None:
            statement = _statement(Question(self._types[permitted.query.type_], permitted), id_)
            rows = self._database.rows(*statement)
        else:
            template = self._template(permitted)
            rows = self._database.rows(template.text, template.parameters((id_, seen.patient)))
        return self._stored(permitted, rows[0]) if rows else None

    def _template(self, permitted: PermittedQuery) -> Template:
        """Return the statement of all reads of a type by readers of one kind."""
        type_, seen = permitted.query.type_, permitted.visibility
        own = seen.patient is not None
        key = (type_, seen.everything, seen.public, own, permitted.as_patient)
        template = self._templates.get(key)
        if template is None:
            visibility = for_anyone(seen, PATIENT)
            question = Question(self._types[type_], permitted, visibility=visibility)
            evenly = own and not self._database.limits_rows
            template = Template.of((_evenly if evenly else _statement)(question, ID_ASKED), 2)
            self._templates.keep(key, template)
        return template

    def _stored(self, permitted: PermittedQuery, row: Row) -> Stored:
        number, id_, version, updated, deleted, shown, alone = row
        type_, as_patient = permitted.query.type_, permitted.as_patient
        dated = not as_patient or self._types[type_].definition.access.versioned
        gone = bool(deleted)
        body = b"" if gone else shown
        return Stored(number, type_, id_, version, updated, body, gone, as_patient, dated, alone)

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
        return newest._replace(
            version=version, updated=updated, deleted=bool(deleted), body=shown, own=None
        )


def _statement(question: Question, id_: str | Place) -> Sql:
    """Return the statement of a read: a search by id, through the same predicate."""
    seen = visible(question.index.definition, "r", question.visibility, resource=True)
    named = Sql(BY_ID, (question.index.type_, id_))
    return sql(COLUMNS, body(question), ",", own(question), named, seen)


def _evenly(question: Question, id_: str | Place) -> Sql:
    """Return the statement of a patient's read which takes as long whatever the id stands for.

    A row that is not there is looked at as one that is not theirs: there is no row 0. PostgreSQL's
    own net looks at each row it finds in any case.
    """
    seen = visible(question.index.definition, "n", question.visibility)
    named = Sql(BY_OWNER, (question.index.type_, id_))
    return sql(COLUMNS, body(question), ",", own(question), named, seen, "AND r.row = n.row")


def _id(permitted: PermittedQuery) -> str:
    match permitted.query.clauses:
        case (Clause(parameter, (TokenValue(code=str(id_)),), None),) if parameter is ID:
            return id_
    raise ValueError("a read asks for one id")

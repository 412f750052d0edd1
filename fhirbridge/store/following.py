"""Following references from resources in hand, forward and back, to what may be seen.

Every row is found through the predicate of visibility before anything is cut off.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from fhirbridge.fhir.json import parse
from fhirbridge.search.include import Include
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import PermittedQuery
from fhirbridge.search.reference import names
from fhirbridge.search.values import ReferenceRow
from fhirbridge.store.database import Database
from fhirbridge.store.index.reference import target
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.index.text import key
from fhirbridge.store.naming import NAMED, URL
from fhirbridge.store.question import Question
from fhirbridge.store.reading import COLUMNS, Reading
from fhirbridge.store.sql import BY_ROW, Sql, is_one_of, sql
from fhirbridge.store.statements import body
from fhirbridge.store.stored import Stored

CURRENT = "SELECT row, version FROM resource WHERE "
REFERENCES = "SELECT DISTINCT i.type, i.id, i.version FROM idx_reference i WHERE"
NAMING = "r.row IN (SELECT i.row FROM idx_reference i WHERE i.param = ? AND i.type IS NULL AND"
REFERRING = "r.row IN (SELECT i.row FROM idx_reference i WHERE i.param = ? AND {among})"


class Link(NamedTuple):
    """A reference to a resource of this server, to one version of it if that is named."""

    type_: str
    id_: str
    version: int | None


class Following:
    """Follows the references of one store."""

    def __init__(
        self,
        database: Database,
        types: Mapping[str, TypeIndex],
        context: SearchContext,
        reading: Reading,
    ) -> None:
        self._database = database
        self._types = types
        self._context = context
        self._reading = reading

    def question(self, permitted: PermittedQuery) -> Question:
        """Return how a type's rows may be seen."""
        return Question(self._types[permitted.query.type_], permitted, self._types)

    def links(
        self, rows: Sequence[Stored], question: Question, includes: Sequence[Include]
    ) -> Iterator[Link]:
        """Yield the references of resources of one type at the parameters of `includes`."""
        # A version that is not the current one has no rows in the index.
        current, old = _parted(rows, self._versions(rows))
        numbers = {question.number(one.parameter.code): one for one in includes}
        yield from self._indexed([one.row for one in current], list(numbers))
        for row in (row for one in old for include in includes for row in self._rows(include, one)):
            if row.type_ and row.id_:
                yield _link(row.type_, row.id_, row.version)

    def targets(
        self, links: Iterable[Link], question: Question, limit: int
    ) -> Iterator[tuple[Stored, bool]]:
        """Yield the visible ones among the resources of one type that `links` lead to.

        With each comes whether its version was named.
        """
        wanted: dict[str, set[int | None]] = defaultdict(set)
        for link in links:
            wanted[link.id_].add(link.version)
        ids = self._database.connection.listed(sorted(wanted))
        among = Sql(self._database.connection.among.format("r.id"), (ids,))
        versioned = any(version is not None for some in wanted.values() for version in some)
        for stored in self._visible(question, among, limit, deleted=versioned):
            for version in sorted(wanted[stored.id_], key=lambda one: one or 0):
                found: Stored | None = stored
                if version is not None:
                    found = self._reading.version(question.permitted, stored, version)
                if found is not None and not found.deleted:
                    yield found, version is not None

    def referring(
        self, rows: Sequence[Stored], question: Question, include: Include, limit: int
    ) -> Iterator[Stored]:
        """Yield the visible resources of one type that refer to `rows`."""
        names = self._database.connection.listed(sorted(target(r.type_, r.id_) for r in rows))
        among = self._database.connection.among.format("i.target")
        number = question.number(include.parameter.code)
        yield from self._visible(
            question, Sql(REFERRING.format(among=among), (number, names)), limit
        )

    def named(
        self, rows: Sequence[Stored], include: Include, question: Question, limit: int
    ) -> Iterator[Stored]:
        """Yield the visible resources of one type that `rows` name by their url."""
        found = [row for one in rows for row in self._rows(include, one) if row.url is not None]
        uris = dict.fromkeys(row.url for row in found if row.url is not None)
        if not uris:
            return
        condition = sql(Sql(NAMED, (question.number(URL),)), is_one_of("i.uri", uris), ")")
        for one in self._visible(question, condition, limit):
            resource = parse(one.body)
            if any(names(row, resource) for row in found):
                yield one

    def naming(
        self, rows: Sequence[Stored], include: Include, question: Question, limit: int
    ) -> Iterator[Stored]:
        """Yield the visible resources of one type that name `rows` by their url."""
        resources = [parse(one.body) for one in rows]
        keys = dict.fromkeys(key(one[URL]) for one in resources if URL in one)
        if not keys:
            return
        number = question.number(include.parameter.code)
        condition = sql(Sql(NAMING, (number,)), is_one_of("i.target", keys), ")")
        for one in self._visible(question, condition, limit):
            if any(names(row, other) for row in self._rows(include, one) for other in resources):
                yield one

    def _rows(self, include: Include, stored: Stored) -> Iterator[ReferenceRow]:
        """Yield the references of a version at the parameter of `include`."""
        for row in include.parameter.rows(parse(stored.body), self._context):
            if isinstance(row, ReferenceRow):
                yield row

    def _visible(
        self, question: Question, condition: Sql, limit: int, *, deleted: bool = False
    ) -> Iterator[Stored]:
        statement = sql(
            COLUMNS,
            body(question),
            Sql("FROM resource r WHERE r.type = ? AND", (question.index.type_,)),
            condition,
            "" if deleted else "AND NOT r.deleted",
            "AND",
            question.visible("r", resource=True),
            Sql("ORDER BY r.row LIMIT ?", (limit + 1,)),
        )
        as_patient, dated = question.permitted.as_patient, question.dated
        for row, id_, version, updated, gone, shown in self._database.rows(
            statement.text, statement.parameters
        ):
            yield Stored(
                row,
                question.index.type_,
                id_,
                version,
                updated,
                shown,
                bool(gone),
                as_patient,
                dated,
            )

    def _versions(self, rows: Sequence[Stored]) -> dict[int, int]:
        """Return the current version of each row."""
        connection = self._database.connection
        listed = connection.listed([one.row for one in rows])
        return dict(self._database.rows(CURRENT + connection.among.format("row"), (listed,)))

    def _indexed(self, rows: Sequence[int], numbers: Sequence[int]) -> Iterator[Link]:
        if not rows:
            return
        connection = self._database.connection
        statement = sql(
            REFERENCES,
            Sql(connection.among.format("i.row"), (connection.listed(rows),)),
            "AND",
            is_one_of(BY_ROW.format("i.param"), numbers),
            "AND i.type IS NOT NULL",
        )
        for type_, id_, version in self._database.rows(statement.text, statement.parameters):
            yield _link(type_, id_, version)


def _parted(
    rows: Sequence[Stored], versions: Mapping[int, int]
) -> tuple[list[Stored], list[Stored]]:
    """Return the current versions among `rows`, and the others."""
    current = [one for one in rows if versions.get(one.row) == one.version]
    return current, [one for one in rows if versions.get(one.row) != one.version]


def _link(type_: str, id_: str, version: str | None) -> Link:
    return Link(type_, id_, int(version) if version and version.isdecimal() else None)

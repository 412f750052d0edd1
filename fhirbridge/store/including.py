"""What a page's matches refer to, and what refers to them.

Every row is found through the predicate of visibility before anything is cut off, at every hop; no
hop goes through a row that was not produced. https://hl7.org/fhir/R4/search.html#revinclude
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from fhirbridge.fhir.errors import TooCostly
from fhirbridge.fhir.json import parse
from fhirbridge.search.include import Include
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import PermittedQuery
from fhirbridge.search.values import ReferenceRow
from fhirbridge.store.database import Database
from fhirbridge.store.index.reference import target
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.question import Question
from fhirbridge.store.reading import COLUMNS, Reading
from fhirbridge.store.sql import Sql, is_one_of, sql
from fhirbridge.store.statements import body
from fhirbridge.store.stored import Stored

CURRENT = "SELECT row, version FROM resource WHERE "
REFERENCES = "SELECT DISTINCT i.type, i.id, i.version FROM idx_reference i WHERE"
REFERRING = "r.row IN (SELECT i.row FROM idx_reference i WHERE i.param = ? AND {among})"


class Link(NamedTuple):
    """A reference to a resource of this server, to one version of it if that is named."""

    type_: str
    id_: str
    version: int | None


class Including:
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

    def include(
        self,
        matches: Sequence[Stored],
        includes: Sequence[Include],
        types: Mapping[str, PermittedQuery],
        limit: int,
    ) -> list[Stored]:
        """Return what `includes` add to `matches`, each once, in the order it was reached.

        `types` says of every type how far its rows may be seen; a type that is not there is left
        out. Raises TooCostly when that is more than `limit` rows: nothing is left out in silence.
        """
        walk = _Walk(self, types, limit)
        return walk.from_matches(matches, includes)

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
        for stored in old:
            resource = parse(stored.body)
            for include in includes:
                for row in include.parameter.rows(resource, self._context):
                    if isinstance(row, ReferenceRow) and row.type_ and row.id_:
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
            is_one_of("i.param", numbers),
            "AND i.type IS NOT NULL",
        )
        for type_, id_, version in self._database.rows(statement.text, statement.parameters):
            yield _link(type_, id_, version)


class _Walk:
    """One page's includes while they are followed."""

    def __init__(
        self, including: Including, types: Mapping[str, PermittedQuery], limit: int
    ) -> None:
        self._including = including
        self._questions = {type_: including.question(one) for type_, one in types.items()}
        self._limit = limit
        self._known: set[tuple[int, int]] = set()
        self._matched: set[int] = set()
        self._added: list[Stored] = []

    def from_matches(self, matches: Sequence[Stored], includes: Sequence[Include]) -> list[Stored]:
        """Return what was added, round after round, until a round adds nothing."""
        self._known.update((one.row, one.version) for one in matches)
        self._matched.update(one.row for one in matches)
        rows, followed = list(matches), list(includes)
        while rows and followed:
            begin = len(self._added)
            self._round(rows, followed)
            rows = self._added[begin:]
            followed = [one for one in includes if one.iterate]
        return self._added

    def _round(self, rows: Sequence[Stored], includes: Sequence[Include]) -> None:
        by_type: dict[str, list[Stored]] = defaultdict(list)
        for one in rows:
            by_type[one.type_].append(one)
        forward: dict[str, list[Include]] = defaultdict(list)
        for include in includes:
            if include.reverse:
                self._reverse(rows, include)
            elif include.source in by_type and include.source in self._questions:
                forward[include.source].append(include)
        for source, some in forward.items():
            self._forward(by_type[source], source, some)

    def _forward(self, rows: Sequence[Stored], source: str, includes: Sequence[Include]) -> None:
        together: dict[str, list[Link]] = defaultdict(list)
        for narrowed, some in _by_target(includes).items():
            for link in self._including.links(rows, self._questions[source], some):
                if narrowed in {None, link.type_} and link.type_ in self._questions:
                    together[link.type_].append(link)
        for type_, links in together.items():
            question = self._questions[type_]
            for one, named in self._including.targets(links, question, self._most()):
                self._add(one, named=named)

    def _reverse(self, rows: Sequence[Stored], include: Include) -> None:
        question = self._questions.get(include.source)
        pointed = [one for one in rows if include.leads_to(one.type_)]
        if question is not None and pointed:
            for one in self._including.referring(pointed, question, include, self._most()):
                self._add(one, named=False)

    def _most(self) -> int:
        """Return how many rows a step may find before there are surely too many new ones."""
        return self._limit + len(self._known)

    def _add(self, one: Stored, *, named: bool) -> None:
        """Keep what is new; a match stays the match it is, in the version of its page."""
        if (one.row, one.version) in self._known or (one.row in self._matched and not named):
            return
        self._known.add((one.row, one.version))
        self._added.append(one)
        if len(self._added) > self._limit:
            raise TooCostly(f"More than {self._limit} resources would be included: ask for less")


def _by_target(includes: Sequence[Include]) -> dict[str | None, list[Include]]:
    grouped: dict[str | None, list[Include]] = defaultdict(list)
    for one in includes:
        grouped[one.target].append(one)
    return grouped


def _parted(
    rows: Sequence[Stored], versions: Mapping[int, int]
) -> tuple[list[Stored], list[Stored]]:
    """Return the current versions among `rows`, and the others."""
    current = [one for one in rows if versions.get(one.row) == one.version]
    return current, [one for one in rows if versions.get(one.row) != one.version]


def _link(type_: str, id_: str, version: str | None) -> Link:
    return Link(type_, id_, int(version) if version and version.isdecimal() else None)

"""The resources that chained parameters lead to from a few others, loaded to judge those in memory.

They are taken as they are now: a chain looks at other resources, whose history is not gone into.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fhirbridge.fhir.json import parse
from fhirbridge.search.evaluate import World
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Chain, Clause, Criterion, Has
from fhirbridge.search.values import ReferenceRow
from fhirbridge.store.database import Database
from fhirbridge.store.index.reference import target
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.index.text import key
from fhirbridge.store.naming import NAMED, URL
from fhirbridge.store.question import Question
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import Sql, any_of, is_one_of, sql

Resource = dict[str, Any]
FOUND = "SELECT r.body FROM resource r WHERE r.type = ? AND NOT r.deleted AND"
REFERRING = "r.row IN (SELECT i.row FROM idx_reference i WHERE i.param = ? AND {among})"


class Worlds:
    """What chains lead to in one store."""

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self._database = database
        self._types = types
        self._context = context

    def around(self, question: Question, resources: Sequence[Resource]) -> World:
        """Return the world in which the question's criteria can be judged of `resources`."""

        def shown(resource: Resource, code: str) -> Resource:
            return self._shown(question, resource, code)

        found: list[Resource] = []
        for criterion in question.asked:
            self._follow(question, criterion, resources, found)
        return World(found, shown, contained=not question.permitted.as_patient)

    def _follow(
        self,
        sight: Sight,
        criterion: Criterion,
        resources: Sequence[Resource],
        found: list[Resource],
    ) -> None:
        """Add to `found` what the chains of `criterion` lead to from `resources`."""
        if isinstance(criterion, Clause) or not resources:
            return
        further = sight.beyond(criterion.type_)
        if isinstance(criterion, Has):
            condition = self._to(further, criterion, resources)
        else:
            condition = self._from(sight, criterion, resources)
        statement = sql(
            Sql(FOUND, (criterion.type_,)), condition, "AND", further.visible("r", resource=True)
        )
        rows = self._database.rows(statement.text, statement.parameters)
        reached = [parse(body) for (body,) in rows]
        found += reached
        self._follow(further, criterion.criterion, reached, found)

    def _to(self, further: Sight, has: Has, resources: Sequence[Resource]) -> Sql:
        """Return that a row refers to one of `resources`, by its id or by its url."""
        names = [target(one["resourceType"], one["id"]) for one in resources]
        names += [key(one[URL]) for one in resources if has.parameter.canonical and URL in one]
        connection = self._database.connection
        text = REFERRING.format(among=connection.among.format("i.target"))
        return Sql(text, (further.number(has.parameter.code), connection.listed(names)))

    def _from(self, sight: Sight, chain: Chain, resources: Iterable[Resource]) -> Sql:
        """Return that one of `resources` refers to a row, by its id or by its url."""
        rows = [row for one in resources for row in self._references(sight, chain, one)]
        ids = sorted({row.id_ for row in rows if row.type_ == chain.type_ and row.id_})
        connection = self._database.connection
        by_id = Sql(connection.among.format("r.id"), (connection.listed(ids),))
        urls = dict.fromkeys(row.url for row in rows if row.url is not None)
        if not urls or not chain.parameter.canonical:
            return by_id
        number = sight.beyond(chain.type_).number(URL)
        return any_of((by_id, sql(Sql(NAMED, (number,)), is_one_of("i.uri", urls), ")")))

    def _references(self, sight: Sight, chain: Chain, resource: Resource) -> Iterator[ReferenceRow]:
        """Yield the references of a resource at the chain's parameter."""
        shown = self._shown(sight, resource, chain.parameter.code)
        for row in chain.parameter.rows(shown, self._context):
            if isinstance(row, ReferenceRow):
                yield row

    def _shown(self, sight: Sight, resource: Resource, code: str) -> Resource:
        """Return what `resource` is searched by under the parameter `code`."""
        index, permitted = self._types.get(resource["resourceType"]), sight.permitted
        if index is None or not permitted.as_patient or code not in index.shown_parameters:
            return resource
        visibility = permitted.others.get(index.type_, permitted.visibility)
        return index.definition.access.shown(resource, visibility.patient)

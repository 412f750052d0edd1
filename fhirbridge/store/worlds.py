"""The resources that chained parameters lead to from a few others, loaded to judge those in memory.

They are taken as they are now: a chain looks at other resources, whose history is not gone into.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fhirbridge.fhir.json import parse
from fhirbridge.search.evaluate import World
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Clause, Criterion, Has
from fhirbridge.search.values import ReferenceRow
from fhirbridge.store.database import Database
from fhirbridge.store.index.reference import target
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.question import Question
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import Sql, sql

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
        among = self._database.connection.among
        if isinstance(criterion, Has):
            names = [target(one["resourceType"], one["id"]) for one in resources]
            text, number = (
                REFERRING.format(among=among.format("i.target")),
                [further.number(criterion.parameter.code)],
            )
        else:
            names = sorted(self._targets(sight, criterion, resources))
            text, number = among.format("r.id"), []
        listed = self._database.connection.listed(names)
        statement = sql(
            Sql(FOUND, (criterion.type_,)),
            Sql(text, (*number, listed)),
            "AND",
            further.visible("r", resource=True),
        )
        rows = self._database.rows(statement.text, statement.parameters)
        reached = [parse(body) for (body,) in rows]
        found += reached
        self._follow(further, criterion.criterion, reached, found)

    def _targets(
        self, sight: Sight, criterion: Criterion, resources: Iterable[Resource]
    ) -> set[str]:
        """Return the ids of the resources of the chain's type that are referred to."""
        if isinstance(criterion, Clause):
            return set()
        rows = (
            row
            for one in resources
            for row in criterion.parameter.rows(
                self._shown(sight, one, criterion.parameter.code), self._context
            )
        )
        return {
            row.id_
            for row in rows
            if isinstance(row, ReferenceRow) and row.type_ == criterion.type_ and row.id_
        }

    def _shown(self, sight: Sight, resource: Resource, code: str) -> Resource:
        """Return what `resource` is searched by under the parameter `code`."""
        index, permitted = self._types.get(resource["resourceType"]), sight.permitted
        if index is None or not permitted.as_patient or code not in index.shown_parameters:
            return resource
        visibility = permitted.others.get(index.type_, permitted.visibility)
        return index.definition.access.shown(resource, visibility.patient)

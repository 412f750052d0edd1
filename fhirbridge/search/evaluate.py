"""Whether a resource of a small world answers a query, straight from rows: slow and plain.

The store answers the same question with indexes; tests compare the two.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from fhirbridge.search.composite import Composite
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.query import Chain, Clause, Criterion, Has, Query
from fhirbridge.search.reference import Reference, contained_target, leads_to, names
from fhirbridge.search.row_holds import holds
from fhirbridge.search.values import CompositeValue, MissingValue, Row, Value

Resource = dict[str, Any]
NEGATIVE = frozenset({"not", "not-in"})


@dataclass(frozen=True)
class World:
    """The resources that chains may lead to: those that the reader may see, as they are shown.

    `shown` returns what a resource is searched by under a parameter of some code.
    """

    resources: Sequence[Resource] = ()
    shown: Callable[[Resource, str], Resource] = lambda resource, _: resource
    contained: bool = True


ALONE = World()


def matches(query: Query, resource: Resource, context: SearchContext, world: World = ALONE) -> bool:
    """Return whether `resource` has the type of `query` and fulfils every clause."""
    if resource["resourceType"] != query.type_:
        return False
    judge = _Judge(context, world)
    return all(judge.fulfils(one, resource, resource) for one in query.clauses)


@dataclass(frozen=True, slots=True)
class _Judge:
    context: SearchContext
    world: World

    def fulfils(self, criterion: Criterion, resource: Resource, root: Resource) -> bool:
        """Return whether `resource`, which is `root` or contained in it, fulfils `criterion`."""
        match criterion:
            case Clause():
                return self._clause(criterion, resource, inner=resource is not root)
            case Chain():
                return self._chain(criterion, resource, root)
            case Has():
                return resource is root and self._has(criterion, resource)

    def _clause(self, clause: Clause, resource: Resource, *, inner: bool) -> bool:
        parameter = clause.parameter
        shown = self.world.shown(resource, parameter.code)
        if isinstance(parameter, Composite):
            return not inner and _composite(parameter, clause.values, shown, self.context)
        rows = [] if inner and parameter.code == "_id" else self._rows(parameter, shown)
        first = next(iter(clause.values), None)
        if isinstance(first, MissingValue):
            return first.missing is not bool(rows)
        found = any(holds(value, row, clause.modifier) for value in clause.values for row in rows)
        return found is not (clause.modifier in NEGATIVE)

    def _rows(self, parameter: SearchParameter, shown: Resource) -> list[Row]:
        return list(parameter.rows(shown, self.context))

    def _chain(self, chain: Chain, resource: Resource, root: Resource) -> bool:
        shown = self.world.shown(resource, chain.parameter.code)
        rows = self._rows(chain.parameter, shown)
        outside = (
            other
            for other in self.world.resources
            if other["resourceType"] == chain.type_
            and any(_leads(chain.parameter, row, other) for row in rows)
        )
        if any(self.fulfils(chain.criterion, other, other) for other in outside):
            return True
        inside = self._contained(chain, shown, root) if self.world.contained else ()
        return any(self.fulfils(chain.criterion, one, root) for one in inside)

    def _contained(self, chain: Chain, shown: Resource, root: Resource) -> Iterator[Resource]:
        for _, element in chain.parameter.found(shown):
            found = contained_target(element, root)
            if found is not None and found["resourceType"] == chain.type_:
                yield found

    def _has(self, has: Has, resource: Resource) -> bool:
        return any(
            other["resourceType"] == has.type_
            and any(
                _leads(has.parameter, row, resource)
                for row in self._rows(has.parameter, self.world.shown(other, has.parameter.code))
            )
            and self.fulfils(has.criterion, other, other)
            for other in self.world.resources
        )


def _leads(parameter: Reference, row: Row, resource: Resource) -> bool:
    if leads_to(row, resource["resourceType"], resource["id"]):
        return True
    return parameter.canonical and names(row, resource)


def _composite(
    parameter: Composite, values: Sequence[Value], resource: Resource, context: SearchContext
) -> bool:
    """Return whether one element holds every part of one of `values`."""
    pairs = sorted(parameter.part_rows(resource, context), key=lambda pair: pair[1].element)
    for _, element in groupby(pairs, key=lambda pair: pair[1].element):
        rows = list(element)
        if any(isinstance(value, CompositeValue) and _parts(value, rows) for value in values):
            return True
    return False


def _parts(value: CompositeValue, rows: Sequence[tuple[int, Row]]) -> bool:
    return all(
        any(index == number and holds(part, row, None) for index, row in rows)
        for number, part in enumerate(value.parts)
    )

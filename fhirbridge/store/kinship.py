"""All that stand above or below a resource in a hierarchy, looked up level by level.

https://hl7.org/fhir/R4/search.html#recursive
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from fhirbridge.fhir.errors import TooCostly
from fhirbridge.search.common import ID
from fhirbridge.search.hierarchy import UPWARDS, names_kin
from fhirbridge.search.query import Clause, Criterion, Has
from fhirbridge.search.reference import Reference
from fhirbridge.search.values import KinValue, ReferenceValue, TokenValue
from fhirbridge.store.connection import Row
from fhirbridge.store.filtering import ids
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import Sql

MOST_KIN = 1000


@dataclass(frozen=True, slots=True)
class Kinship:
    """`beyond` returns what may be seen of a type, `ask` is the database."""

    beyond: Callable[[str], Sight]
    ask: Callable[[Sql], list[Row]]

    def put_into(self, criterion: Criterion) -> Criterion:
        """Return `criterion` with references to all above or below in place of saying so.

        What refers to one that is not there is found too, as without the modifier. Raises TooCostly
        past 1000 of them.
        """
        if isinstance(criterion, Clause):
            return criterion
        inner = criterion.criterion
        if not names_kin(inner):
            return criterion
        if not isinstance(inner, Clause):
            return replace(criterion, criterion=self.put_into(inner))
        asked = [one for one in inner.values if isinstance(one, KinValue)]
        type_ = criterion.type_
        found = {id_ for one in asked for id_ in self._all(one, type_)}
        return Clause(criterion.parameter, _references(type_, found))

    def _all(self, asked: KinValue, type_: str) -> set[str]:
        """Return the ids of a resource and all its kin; a circle ends where it began."""
        sight = self.beyond(type_)
        parent = sight.index.parameters[UPWARDS[type_]]
        assert isinstance(parent, Reference)  # noqa: S101 - so declared
        found, frontier = {asked.id_}, {asked.id_}
        while frontier:
            criterion: Criterion = (
                Clause(parent, _references(type_, frontier))
                if asked.relation == "below"
                else Has(parent, type_, _one_of(sorted(frontier)))
            )
            rows = self.ask(ids(sight, criterion, MOST_KIN + 1))
            frontier = {id_ for (id_,) in rows} - found
            found |= frontier
            if len(found) > MOST_KIN:
                raise TooCostly(f"More than {MOST_KIN} are {asked.relation} what is named")
        return found


def _references(type_: str, wanted: Iterable[str]) -> tuple[ReferenceValue, ...]:
    return tuple(ReferenceValue(type_, id_) for id_ in sorted(wanted))


def _one_of(wanted: Iterable[str]) -> Clause:
    return Clause(ID, tuple(TokenValue(None, id_, any_system=True) for id_ in wanted))

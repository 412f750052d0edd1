"""Where the chains of one query lead, and what may be seen on the way."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from math import inf
from types import MappingProxyType

from fhirbridge.fhir.errors import Invalid
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search import chaining
from fhirbridge.search.expansion import names_codes
from fhirbridge.search.query import Clause, Criterion, Query, Visibility, along

# How many links a patient's chain may have, if not fewer.
MOST_LINKS_OF_PATIENTS = 2
TERMINOLOGY = ("ValueSet", "CodeSystem")


def leads_further(query: Query) -> bool:
    """Return whether a search looks at more than its own type."""
    if query.hops:
        return True
    for one in query.clauses:
        if not isinstance(one, Clause) or (one.modifier is not None and names_codes(one)):
            return True
    return False


class Journey:
    """Reads chains link by link. `enter` raises unless a type may be searched.

    `sight` returns which rows of a type may be seen. `most_links` a chain may have, if the
    context of the search allows for so many.
    """

    def __init__(
        self,
        definitions: Mapping[str, ResourceDefinition],
        enter: Callable[[ResourceDefinition], None],
        sight: Callable[[ResourceDefinition], Visibility],
        most_links: float = inf,
    ) -> None:
        self._definitions = definitions
        self._enter = enter
        self._sight = sight
        self._most_links = most_links
        self._seen: dict[str, Visibility] = {}

    @property
    def seen(self) -> Mapping[str, Visibility]:
        """What may be seen of each type that was come to."""
        return MappingProxyType(self._seen)

    def read(self, query: Query) -> Query:
        """Return `query` with its hops read into clauses; chains read before are gone again.

        Raises Invalid or NotSupported for a chain that cannot be read or is too long, and what
        `enter` raises.
        """
        for criterion in query.clauses:
            for depth, one in enumerate(along(criterion), 1):
                if not isinstance(one, Clause):
                    self._come_to(one.type_, depth, self._most_links)
        if query.hops:
            query = replace(query, clauses=(*query.clauses, *self._hops(query)), hops=())
        if any(map(names_codes, query.clauses)):
            self._look_up()
        return query

    def _hops(self, query: Query) -> Iterator[Criterion]:
        types = {type_: one.searchable for type_, one in self._definitions.items()}
        for hop in query.hops:
            most = min(hop.context.bounds.links, self._most_links)
            yield chaining.read(hop, query.type_, types, partial(self._come_to, most=most))

    def _come_to(self, type_: str, depth: int, most: float) -> None:
        definition = self._definitions[type_]
        self._enter(definition)
        if depth > most:
            raise Invalid(f"A chain may have {most} links at most")
        self._seen[type_] = self._sight(definition)

    def _look_up(self) -> None:
        """Value sets and code systems are knowledge: naming one needs no right to its type."""
        for type_ in TERMINOLOGY:
            if type_ in self._definitions:
                self._seen[type_] = self._sight(self._definitions[type_])

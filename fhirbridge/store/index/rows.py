"""What one resource puts into the index: computed from its definition, written elsewhere."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from fhirbridge.resources.definition import Hot, ResourceDefinition
from fhirbridge.search.common import COMMON, ID, LAST_UPDATED
from fhirbridge.search.composite import Composite
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.store.index.contained import contained_rows
from fhirbridge.store.index.entries import Entries, Scope, Tables
from fhirbridge.store.index.fragment import Source
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.index.numbers import WHOLE, view_of
from fhirbridge.store.index.views import Views

# The bases of a composite whose parts are the resource's own.
WHOLE_RESOURCE = ("",)


class TypeIndex:
    """The index of one resource type."""

    def __init__(
        self,
        definition: ResourceDefinition,
        definitions: Mapping[str, ResourceDefinition] = MappingProxyType({}),
    ) -> None:
        self.type_ = definition.type_
        self.definition = definition
        self.parameters: Mapping[str, SearchParameter] = {
            **COMMON,
            **{parameter.code: parameter for parameter in definition.parameters},
        }
        self.combinations = tuple(_combinations(definition, self.parameters))
        self._inner = {type_: one.searchable for type_, one in definitions.items()}
        self.shown_parameters = definition.access.shown_parameters
        self._sources: dict[str, Source] = {}
        separate = [one for one in self.combinations if self.separate(one)]
        self._whole = self._scope(self.parameters.keys(), self.combinations)
        self._shown = self._scope(self.shown_parameters, separate)

    def tables(self, row: int, views: Views, context: SearchContext) -> Tables:
        """Return the rows of every index table for a resource, whose row number is `row`."""
        resource = views.resource
        entries = Entries(self.type_, row, resource, context)
        entries.add(WHOLE, resource, self._whole)
        entries.add_contained(contained_rows(self.parameters, self._inner, resource, context))
        if self.shown_parameters:
            for patient in (*((None,) if views.public else ()), *views.owners):
                entries.add(view_of(patient), views.of(patient), self._shown)
        return entries.tables

    def separate(self, combination: Combination) -> bool:
        """Return whether a combination is another one in what patients are shown."""
        return not self.shown_parameters.isdisjoint((*combination.parameters, combination.sort))

    def lies_as_itself(self, composite: Composite, part: SearchParameter) -> bool:
        """Return whether the rows of a part are those of a parameter of its own, and lie there."""
        return composite.paths == WHOLE_RESOURCE and self.parameters.get(part.code) == part

    def _scope(self, codes: Collection[str], combinations: Sequence[Combination]) -> Scope:
        used = {code for one in combinations for code in (*one.parameters, one.sort)}
        chosen = (one for code, one in self.parameters.items() if code in codes and one is not ID)
        indexed = [one for one in chosen if one.has_rows]
        simple = [one for one in indexed if not isinstance(one, Composite)]
        beside = used.difference(one.code for one in simple)
        composites = (one for one in indexed if isinstance(one, Composite))
        apart = ((one, parts) for one in composites if (parts := self._apart(one)))
        return Scope(
            (*map(self._source, simple), *(self._source(*one) for one in apart)),
            tuple(self._source(self.parameters[code]) for code in beside),
            tuple(combinations),
        )

    def _source(self, parameter: SearchParameter, apart: frozenset[int] = frozenset()) -> Source:
        """Return the one source of a parameter."""
        return self._sources.setdefault(parameter.code, Source(parameter, apart))

    def _apart(self, composite: Composite) -> frozenset[int]:
        """Return the numbers of the parts whose rows lie under the composite."""
        parts = enumerate(composite.parts)
        return frozenset(n for n, one in parts if not self.lies_as_itself(composite, one))


def _combinations(
    definition: ResourceDefinition, parameters: Mapping[str, SearchParameter]
) -> Iterator[Combination]:
    """Yield the declared combinations and the whole type in the order of each of their sorts.

    Those of most parameters come first.
    """
    walks = {one.sort.removeprefix("-"): one.sort for one in definition.hot}
    walks[LAST_UPDATED.code] = f"-{LAST_UPDATED.code}"
    whole = (Hot((), sort) for sort in walks.values())
    ordered = sorted((*definition.hot, *whole), key=lambda one: -len(one.parameters))
    for one in dict.fromkeys(ordered):
        yield Combination.declared(definition.type_, one, parameters)

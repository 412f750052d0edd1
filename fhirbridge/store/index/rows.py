"""What one resource puts into the index: computed from its definition, written elsewhere."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zlib import crc32

from fhirbridge.fhir.path import nothing_at
from fhirbridge.resources.definition import Hot, ResourceDefinition
from fhirbridge.search.common import COMMON, ID, LAST_UPDATED
from fhirbridge.search.composite import Composite
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.values import Row
from fhirbridge.store.index import hot
from fhirbridge.store.index.contained import contained_rows
from fhirbridge.store.index.facets import facet, facets
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.index.kinds import KINDS
from fhirbridge.store.recent import Recent

Tables = dict[str, list[tuple[Any, ...]]]
# What the resource itself is found by; the views of patients have a name of their own.
WHOLE = ""


@lru_cache(maxsize=65536)
def param(type_: str, code: str, view: str = WHOLE) -> int:
    """Return the number under which a parameter's rows are stored: signed 32 bits."""
    number = crc32(f"{type_}.{code}{view}".encode())
    return number - 2**32 if number >= 2**31 else number


def part_code(code: str, number: int) -> str:
    """Return the code under which one part of a composite is stored."""
    return f"{code}${number}"


def view_of(patient: str | None) -> str:
    """Return the name of what `patient` is shown; None: what every patient is."""
    return f"@{patient or ''}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a view is indexed: these parameters, composites and combinations."""

    simple: tuple[SearchParameter, ...]
    composite: tuple[Composite, ...]
    combinations: tuple[Combination, ...]
    # Parameters whose rows only a combination needs.
    beside: tuple[SearchParameter, ...]
    present: Recent[tuple[SearchParameter, ...]] = field(default_factory=Recent, compare=False)

    def simple_in(self, resource: dict[str, Any]) -> tuple[SearchParameter, ...]:
        """Return the simple ones that may have rows, by the names of the resource's elements.

        Most resources of a type have the same elements, and lack what most parameters look at.
        """
        names = frozenset(resource)
        known = self.present.get(names)
        if known is None:
            known = tuple(one for one in self.simple if not nothing_at(resource, one.paths))
            self.present.keep(names, known)
        return known


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
        separate = [one for one in self.combinations if self.separate(one)]
        self._whole = self._scope(self.parameters.keys(), self.combinations)
        self._shown = self._scope(self.shown_parameters, separate)

    def tables(self, row: int, resource: dict[str, Any], context: SearchContext) -> Tables:
        """Return the rows of every index table for `resource`, whose row number is `row`."""
        access = self.definition.access
        filled = _Filling(self.type_, row, resource, context)
        filled.add(WHOLE, resource, self._whole)
        filled.add_contained(contained_rows(self.parameters, self._inner, resource, context))
        if self.shown_parameters:
            for patient in _viewers(self.definition, resource):
                filled.add(view_of(patient), access.shown(resource, patient), self._shown)
        return filled.tables

    def separate(self, combination: Combination) -> bool:
        """Return whether a combination is another one in what patients are shown."""
        return not self.shown_parameters.isdisjoint((*combination.parameters, combination.sort))

    def _scope(self, codes: Collection[str], combinations: Sequence[Combination]) -> Scope:
        used = {code for one in combinations for code in (*one.parameters, one.sort)}
        indexed = [one for code, one in self.parameters.items() if code in codes and one is not ID]
        return Scope(
            tuple(one for one in indexed if not isinstance(one, Composite)),
            tuple(one for one in indexed if isinstance(one, Composite)),
            tuple(combinations),
            tuple(self.parameters[code] for code in used.difference(codes)),
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of one resource by parameter, each computed once."""

    simple: dict[str, list[Row]]
    composite: dict[str, list[tuple[int, Row]]]

    def rows(
        self, parameter: SearchParameter, resource: dict[str, Any], context: SearchContext
    ) -> list[Row]:
        """Return the rows of a parameter that is not composite."""
        known = self.simple.get(parameter.code)
        if known is None:
            known = self.simple[parameter.code] = list(parameter.rows(resource, context))
        return known

    def parts(
        self, composite: Composite, resource: dict[str, Any], context: SearchContext
    ) -> list[tuple[int, Row]]:
        """Return the rows of a composite, each with the number of its part."""
        if composite.code not in self.composite:
            self.composite[composite.code] = list(composite.part_rows(resource, context))
        return self.composite[composite.code]


class _Filling:
    """The tables of one resource while they are filled."""

    def __init__(
        self, type_: str, row: int, resource: dict[str, Any], context: SearchContext
    ) -> None:
        self._type = type_
        self._row = row
        self._resource = resource
        self._context = context
        self._whole = _Found({}, {})
        self.tables: Tables = defaultdict(list)

    def add(self, view: str, shown: dict[str, Any], scope: Scope) -> None:
        """Add the rows of one view; one that hides nothing has the rows that are found already."""
        found = self._whole if shown is self._resource else _Found({}, {})
        for parameter in scope.simple_in(shown):
            rows = found.rows(parameter, shown, self._context)
            self._rows(param(self._type, parameter.code, view), rows)
        for composite in scope.composite:
            for number, row in found.parts(composite, shown, self._context):
                code = part_code(composite.code, number)
                self._rows(param(self._type, code, view), (row,))
        for parameter in scope.beside:
            found.rows(parameter, shown, self._context)
        for combination in scope.combinations:
            self._hot(view, combination, found.simple)

    def add_contained(self, rows: Iterator[tuple[str, Row]]) -> None:
        """Add the rows of contained resources."""
        for code, row in rows:
            self._rows(param(self._type, code), (row,))

    def _rows(self, number: int, rows: Sequence[Row]) -> None:
        for row in rows:
            for name, one in facets(row):
                kind = KINDS[type(one)]
                table, place = self.tables[kind.table], facet(number, name)
                table.append((*kind.stored(one), place, self._row, len(table), one.element))

    def _hot(self, view: str, combination: Combination, found: Mapping[str, list[Row]]) -> None:
        forms = [
            dict.fromkeys(form for row in found.get(code, ()) for form in hot.forms(row))
            for code in combination.parameters
        ]
        sort, high = hot.sort_range(found.get(combination.sort, ()))
        keys = combination.keys(view, forms)
        if high - sort > combination.long:
            keys |= combination.keys(view + hot.LONG_VIEW, forms)
        self.tables[hot.TABLE] += [(key, sort, self._row, high) for key in keys]


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


def _viewers(definition: ResourceDefinition, resource: dict[str, Any]) -> Iterator[str | None]:
    """Yield the patients that are shown `resource`; None stands for all of them."""
    if definition.access.public(resource):
        yield None
    yield from definition.access.owners(resource)

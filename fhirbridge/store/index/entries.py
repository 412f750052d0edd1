"""The rows of one resource in the tables of the index, view by view."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.fhir.path import nothing_at
from fhirbridge.search.composite import Composite
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.values import Row
from fhirbridge.store.index import hot
from fhirbridge.store.index.facets import facet, facets
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.index.kinds import KINDS
from fhirbridge.store.index.numbers import WHOLE, param, part_code
from fhirbridge.search.recent import Recent

Tables = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a view is indexed: these parameters, composites and combinations.

    Of a composite come the numbers of the parts that have rows of their own.
    """

    simple: tuple[SearchParameter, ...]
    composite: tuple[tuple[Composite, frozenset[int]], ...]
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


class _Found:
    """The rows of one view by parameter, and the forms of its hot keys, each computed once."""

    def __init__(self, shown: dict[str, Any], context: SearchContext) -> None:
        self._shown = shown
        self._context = context
        self._simple: dict[str, list[Row]] = {}
        self._composite: dict[str, list[tuple[int, Row]]] = {}
        self._forms: dict[str, Mapping[str, None]] = {}

    def rows(self, parameter: SearchParameter) -> list[Row]:
        """Return the rows of a parameter that is not composite."""
        known = self._simple.get(parameter.code)
        if known is None:
            known = self._simple[parameter.code] = list(parameter.rows(self._shown, self._context))
        return known

    def parts(self, composite: Composite) -> list[tuple[int, Row]]:
        """Return the rows of a composite, each with the number of its part."""
        known = self._composite.get(composite.code)
        if known is None:
            known = list(composite.part_rows(self._shown, self._context))
            self._composite[composite.code] = known
        return known

    def forms(self, code: str) -> Mapping[str, None]:
        """Return the ways in which the rows of a parameter can be asked for exactly."""
        known = self._forms.get(code)
        if known is None:
            rows = self._simple.get(code, ())
            known = self._forms[code] = dict.fromkeys(
                form for row in rows for form in hot.forms(row)
            )
        return known

    def sort_range(self, code: str) -> tuple[int, int]:
        """Return where the rows of a parameter stand in the order of a combination."""
        return hot.sort_range(self._simple.get(code, ()))


class Entries:
    """The tables of one resource while they are filled."""

    def __init__(
        self, type_: str, row: int, resource: dict[str, Any], context: SearchContext
    ) -> None:
        self._type = type_
        self._row = row
        self._resource = resource
        self._context = context
        self._whole = _Found(resource, context)
        self.tables: Tables = defaultdict(list)

    def add(self, view: str, shown: dict[str, Any], scope: Scope) -> None:
        """Add the rows of one view; one that hides nothing has the rows that are found already."""
        found = self._whole if shown is self._resource else _Found(shown, self._context)
        for parameter in scope.simple_in(shown):
            self._rows(param(self._type, parameter.code, view), found.rows(parameter))
        for composite, apart in scope.composite:
            rows = (one for one in found.parts(composite) if one[0] in apart)
            for number, row in rows:
                code = part_code(composite.code, number)
                self._rows(param(self._type, code, view), (row,))
        for parameter in scope.beside:
            found.rows(parameter)
        for combination in scope.combinations:
            self._hot(view, combination, found)

    def add_contained(self, rows: Iterator[tuple[str, Row]]) -> None:
        """Add the rows of contained resources."""
        for code, row in rows:
            self._rows(param(self._type, code, WHOLE), (row,))

    def _rows(self, number: int, rows: Sequence[Row]) -> None:
        for row in rows:
            self._row_of(number, row)
            for name, other in facets(row):
                self._row_of(facet(number, name), other)

    def _row_of(self, number: int, row: Row) -> None:
        kind = KINDS[type(row)]
        table = self.tables[kind.table]
        table.append((*kind.stored(row), number, self._row, len(table), row.element))

    def _hot(self, view: str, combination: Combination, found: _Found) -> None:
        forms = [found.forms(code) for code in combination.parameters]
        sort, high = found.sort_range(combination.sort)
        keys = combination.keys(view, forms)
        if high - sort > combination.long:
            keys |= combination.keys(view + hot.LONG_VIEW, forms)
        self.tables[hot.TABLE] += [(key, sort, self._row, high) for key in keys]

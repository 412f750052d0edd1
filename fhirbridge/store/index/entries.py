"""The rows of one resource in the tables of the index, view by view."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fhirbridge.fhir.path import names_in
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.recent import Recent
from fhirbridge.search.values import Row
from fhirbridge.store.index import hot
from fhirbridge.store.index.facets import facet
from fhirbridge.store.index.fragment import NOTHING, Fragment, Line, Source, Texts, lines
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.index.numbers import WHOLE, param

Tables = dict[str, list[tuple[Any, ...]]]


class Looking(NamedTuple):
    """A source that may make something of a resource, by which of its elements that is remembered.

    What is not `written` only the combinations need.
    """

    source: Source
    names: tuple[str, ...] | None
    written: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a view is indexed: what these sources make, and these combinations.

    `beside` are the sources that only combinations need.
    """

    sources: tuple[Source, ...]
    beside: tuple[Source, ...]
    combinations: tuple[Combination, ...]
    _known: Recent[tuple[Looking, ...]] = field(default_factory=Recent, compare=False)

    def looking(self, resource: dict[str, Any]) -> tuple[Looking, ...]:
        """Return what may make something, by the names of the resource's elements.

        Most resources of a type have the same elements, and lack what most parameters look at.
        """
        names = names_in(resource)
        known = self._known.get(names)
        if known is None:
            known = tuple(
                Looking(one, one.looked_at(resource), written)
                for written, some in ((True, self.sources), (False, self.beside))
                for one in some
                if not one.parameter.absent_from(names)
            )
            self._known.keep(names, known)
        return known


class _Found:
    """The fragments of one view by the code of their parameter, each made once."""

    def __init__(self, shown: dict[str, Any], context: SearchContext) -> None:
        self._texts = Texts(shown, context)
        self._known: dict[str, Fragment] = {}

    def fragment(self, looking: Looking) -> Fragment:
        """Return what a source makes."""
        code = looking.source.parameter.code
        known = self._known.get(code)
        if known is None:
            known = self._known[code] = self._texts.fragment(looking.source, looking.names)
        return known

    def of(self, code: str) -> Fragment:
        """Return what a parameter made before, which may be nothing."""
        return self._known.get(code, NOTHING)


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
        for looking in scope.looking(shown):
            fragment = found.fragment(looking)
            if looking.written:
                self._write(view, fragment.lines)
        for combination in scope.combinations:
            self._hot(view, combination, found)

    def add_contained(self, rows: Iterator[tuple[str, Row]]) -> None:
        """Add the rows of contained resources."""
        for code, row in rows:
            self._write(WHOLE, lines(code, row))

    def _write(self, view: str, lines_: Iterable[Line]) -> None:
        for table, code, name, values, element in lines_:
            rows = self.tables[table]
            number = facet(param(self._type, code, view), name)
            rows.append((*values, number, self._row, len(rows), element))

    def _hot(self, view: str, combination: Combination, found: _Found) -> None:
        forms = [found.of(code).forms for code in combination.parameters]
        sort, high = hot.sort_range(found.of(combination.sort).rows)
        keys = combination.keys(view, forms)
        if high - sort > combination.long:
            keys |= combination.keys(view + hot.LONG_VIEW, forms)
        self.tables[hot.TABLE] += [(key, sort, self._row, high) for key in keys]

"""What one parameter puts into the index, but for the number of the resource.

The same codes and references come again and again: what was made of one is remembered by the JSON
of the elements that its parameter looks at.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from fhirbridge.fhir.json import dump
from fhirbridge.search.composite import Composite
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.recent import Recent
from fhirbridge.search.values import Row
from fhirbridge.store.index import hot
from fhirbridge.store.index.facets import facets
from fhirbridge.store.index.kinds import KINDS
from fhirbridge.store.index.numbers import part_code

# JSON longer than this hardly comes again.
LONGEST = 1000


class Line(NamedTuple):
    """One row of a table: the code and the facet that it lies under, its values, its element."""

    table: str
    code: str
    facet: str
    values: tuple[Any, ...]
    element: int


class Fragment:
    """The rows of one parameter, and the lines that they are in the tables."""

    __slots__ = ("_forms", "lines", "rows")

    def __init__(self, rows: tuple[Row, ...], lines: tuple[Line, ...]) -> None:
        self.rows = rows
        self.lines = lines
        self._forms: tuple[str, ...] | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        """The ways in which the rows can be asked for exactly."""
        if self._forms is None:
            self._forms = tuple(dict.fromkeys(form for row in self.rows for form in hot.forms(row)))
        return self._forms


NOTHING = Fragment((), ())
_remembered: Recent[Fragment] = Recent(2048)


@dataclass(frozen=True, eq=False)
class Source:
    """What makes fragments: a parameter or, of a composite, the parts with rows of their own."""

    parameter: SearchParameter
    apart: frozenset[int] = frozenset()

    def fragment(self, resource: dict[str, Any], context: SearchContext) -> Fragment:
        """Return what the parameter puts into the index for `resource`."""
        code = self.parameter.code
        if isinstance(self.parameter, Composite):
            parts = self.parameter.part_rows(resource, context, self.apart)
            told = ((part_code(code, number), row) for number, row in parts)
            return Fragment((), tuple(one for name, row in told for one in lines(name, row)))
        rows = tuple(self.parameter.rows(resource, context))
        return Fragment(rows, tuple(one for row in rows for one in lines(code, row)))

    def looked_at(self, resource: dict[str, Any]) -> tuple[str, ...] | None:
        """Return the elements by which a fragment is remembered; None: it is not."""
        into = self.parameter.looks_into
        if into is None or not self.parameter.recurring:
            return None
        return tuple(name for name in resource if name in into)


class Texts:
    """The elements of one resource as JSON, each written once."""

    def __init__(self, resource: dict[str, Any], context: SearchContext) -> None:
        self._resource = resource
        self._context = context
        self._known: dict[str, bytes] = {}
        self._read_as = (context.zone.key, context.base_url)

    def fragment(self, source: Source, names: tuple[str, ...] | None) -> Fragment:
        """Return what `source` makes, remembered by the elements `names` if there are any."""
        if names is None:
            return source.fragment(self._resource, self._context)
        texts = [self._text(name) for name in names]
        key = (source, *self._read_as, *texts)
        known = _remembered.get(key)
        if known is None:
            known = source.fragment(self._resource, self._context)
            if sum(map(len, texts)) <= LONGEST:
                _remembered.keep(key, known)
        return known

    def _text(self, name: str) -> bytes:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = dump({name: self._resource[name]})
        return known


def lines(code: str, row: Row) -> list[Line]:
    """Return the lines of a row: its own, and what it says in other words."""
    return [_line(code, "", row), *(_line(code, facet, one) for facet, one in facets(row))]


def _line(code: str, facet: str, row: Row) -> Line:
    kind = KINDS[type(row)]
    return Line(kind.table, code, facet, kind.stored(row), row.element)

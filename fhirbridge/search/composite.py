"""Composite parameters: parts that hold within one element.

https://hl7.org/fhir/R4/search.html#composite
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, ClassVar

from fhirbridge.fhir.path import elements, looked_into, names_in, nothing_at
from fhirbridge.search.escape import split
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.values import CompositeValue, Row


@dataclass(frozen=True, init=False)
class Composite(SearchParameter):
    """A composite parameter. `bases` are the elements ("" = the resource) that hold the parts.

    The paths of the parts start at the base.
    """

    parts: tuple[SearchParameter, ...] = ()

    kind: ClassVar[str] = "composite"

    def __init__(
        self, code: str, *, bases: tuple[str, ...] = ("",), parts: tuple[SearchParameter, ...]
    ) -> None:
        super().__init__(code, *bases)
        object.__setattr__(self, "parts", parts)

    @property
    def modifiers(self) -> frozenset[str]:
        return frozenset()

    @property
    def looks_into(self) -> frozenset[str] | None:
        inside = [one.looks_into for one in self.parts] if "" in self.paths else []
        found = (*inside, looked_into(tuple(path for path in self.paths if path)))
        if any(one is None for one in found):
            return None
        return frozenset[str]().union(*(one for one in found if one is not None))

    @property
    def recurring(self) -> bool:
        return all(one.recurring for one in self.parts)

    def absent_from(self, names: frozenset[str]) -> bool:
        return all(
            nothing_at(names, (base,)) if base else self._lacking(names) for base in self.paths
        )

    def parse(self, text: str, modifier: str | None, context: SearchContext) -> CompositeValue:
        """Return the value of each part of `a$b`."""
        del modifier
        texts = split(text, "$")
        if len(texts) != len(self.parts) or not all(texts):
            raise self.malformed(f"expected {len(self.parts)} values joined by $")
        pairs = zip(self.parts, texts, strict=True)
        return CompositeValue(tuple(part.parse(text, None, context) for part, text in pairs))

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[Row]:
        """Yield the rows of all parts; `part_rows` says which part each belongs to."""
        for _, row in self.part_rows(resource, context):
            yield row

    def part_rows(
        self,
        resource: dict[str, Any],
        context: SearchContext,
        wanted: frozenset[int] | None = None,
    ) -> Iterator[tuple[int, Row]]:
        """Yield (number of the part, row); rows of one base share its number as `element`.

        A base that lacks one of the parts has no rows: it can never match. `wanted`: only the rows
        of these parts, None: of all.
        """
        chosen = frozenset(range(len(self.parts))) if wanted is None else wanted
        bases = (base for path in self.paths for base in _bases(resource, path))
        for number, base in enumerate(bases):
            for index, row in self._of_base(base, context, chosen):
                yield index, row if row.element == number else replace(row, element=number)

    def _of_base(
        self, base: dict[str, Any], context: SearchContext, wanted: frozenset[int]
    ) -> list[tuple[int, Row]]:
        """Return the rows of the parts; the last one, which is the rarest, is looked at first."""
        if self._lacking(names_in(base)):
            return []
        rows: list[tuple[int, Row]] = []
        for index in reversed(range(len(self.parts))):
            made = self.parts[index].rows(base, context)
            found = list(made if index in wanted else islice(made, 1))
            if not found:
                return []
            rows[:0] = [(index, row) for row in found if index in wanted]
        return rows

    def _lacking(self, names: frozenset[str]) -> bool:
        """Return whether a base with these `names_in` it lacks one of the parts."""
        return any(one.absent_from(names) for one in self.parts)


def _bases(resource: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    if not path:
        yield resource
    else:
        yield from elements(resource, path)

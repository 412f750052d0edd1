"""Composite parameters: parts that hold within one element.

https://hl7.org/fhir/R4/search.html#composite
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from fhirbridge.fhir.path import elements, nothing_at
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
        self, resource: dict[str, Any], context: SearchContext
    ) -> Iterator[tuple[int, Row]]:
        """Yield (number of the part, row); rows of one base share its number as `element`.

        A base that lacks one of the parts has no rows: it can never match.
        """
        bases = (base for path in self.paths for base in _bases(resource, path))
        for number, base in enumerate(bases):
            for index, found in enumerate(self._of_base(base, context)):
                for row in found:
                    yield index, row if row.element == number else replace(row, element=number)

    def _of_base(self, base: dict[str, Any], context: SearchContext) -> list[list[Row]]:
        """Return the rows of each part; the last one, which is the rarest, is looked at first."""
        rows = []
        if any(nothing_at(base, part.paths) for part in self.parts):
            return []
        for part in reversed(self.parts):
            found = list(part.rows(base, context))
            if not found:
                return []
            rows.append(found)
        return rows[::-1]


def _bases(resource: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    if not path:
        yield resource
    else:
        yield from elements(resource, path)

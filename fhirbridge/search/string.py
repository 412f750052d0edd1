"""String parameters: names, addresses, titles. https://hl7.org/fhir/R4/search.html#string."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from fhirbridge.search import fold
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.values import StringRow, StringValue

_PARTS = (
    "text", "family", "given", "prefix", "suffix",
    "line", "city", "district", "state", "postalCode", "country",
)  # fmt: skip


@dataclass(frozen=True, init=False)
class String(SearchParameter):
    """A string parameter: plain strings, HumanName and Address by each of their parts."""

    kind: ClassVar[str] = "string"

    @property
    def modifiers(self) -> frozenset[str]:
        return frozenset({"missing", "exact", "contains"})

    def parse(self, text: str, modifier: str | None, context: SearchContext) -> StringValue:
        """Return the text to begin with, to contain or, for `:exact`, to equal."""
        del context
        plain = self.plain(text)
        value = StringValue(fold.string(plain), fold.exact(plain))
        if not value.folded and modifier != "exact":
            raise self.malformed("there is nothing to search for")
        return value

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[StringRow]:
        """Yield a row per string, and per word of a family name made of several."""
        del context
        for number, element in self.found(resource):
            for part, text in _texts(element):
                yield StringRow(fold.string(text), fold.exact(text), number)
                if part == "family" or (not part and self._is_family):
                    yield from _words(text, number)

    @property
    def _is_family(self) -> bool:
        return all(path.rpartition(".")[2] == "family" for path in self.paths)


def _texts(element: Any) -> Iterator[tuple[str, str]]:
    """Yield each text of an element with the name of its part ("" for a plain string)."""
    if isinstance(element, str):
        yield "", element
    else:
        for part in _PARTS:
            value = element.get(part, ())
            yield from (
                (part, text) for text in ([value] if isinstance(value, str) else value) if text
            )


def _words(family: str, number: int) -> Iterator[StringRow]:
    """Yield the second and later words of a family name: the whole already finds the first."""
    for word in family.replace("-", " ").split()[1:]:
        yield StringRow(fold.string(word), fold.exact(word), number)

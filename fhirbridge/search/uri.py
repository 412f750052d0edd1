"""Uri parameters: exact, or by the segments of a URL. https://hl7.org/fhir/R4/search.html#uri."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.values import UriRow, UriValue

# `:above` asks for every ancestor at once.
_MOST_SLASHES = 32


@dataclass(frozen=True, init=False)
class Uri(SearchParameter):
    """A uri parameter. A canonical `url|version` is found with and without its version."""

    kind: ClassVar[str] = "uri"

    @property
    def modifiers(self) -> frozenset[str]:
        return frozenset({"missing", "below", "above"})

    def parse(self, text: str, modifier: str | None, context: SearchContext) -> UriValue:
        """Return the uri asked for; `:below` and `:above` take URLs only, never URNs."""
        del context
        uri = self.plain(text).strip()
        if modifier in {"below", "above"} and not uri.startswith(("http://", "https://")):
            raise self.malformed(f":{modifier} needs a URL")
        if modifier == "above" and uri.count("/") > _MOST_SLASHES:
            raise self.malformed(f"more than {_MOST_SLASHES} segments")
        return UriValue(uri)

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[UriRow]:
        """Yield one row per uri, and one without the version for a versioned canonical."""
        del context
        for number, element in self.found(resource):
            yield UriRow(element, number)
            if "|" in element:
                yield UriRow(element.partition("|")[0], number)


def is_below(uri: str, base: str) -> bool:
    """Return whether `uri` is `base` or lies under it, by whole segments."""
    return uri == base or uri.startswith(base.removesuffix("/") + "/")


def ancestors(uri: str) -> tuple[str, ...]:
    """Return everything that `uri` is below, itself first, with and without a last slash."""
    slashes = [index for index, character in enumerate(uri) if character == "/"]
    cuts = [uri[:end] for index in slashes for end in (index, index + 1)]
    return tuple(dict.fromkeys((uri, *cuts)))

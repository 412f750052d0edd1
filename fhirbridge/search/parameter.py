"""What every search parameter is: a code, the paths it looks at, and how its values read.

https://hl7.org/fhir/R4/searchparameter.html
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.path import elements, looked_into, nothing_at
from fhirbridge.search.escape import unescape
from fhirbridge.search.values import Row, Value


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one search may ask for: parameters, values of all of them, links of a chain."""

    parameters: int = 100
    values: int = 1000
    links: int = 3


@dataclass(frozen=True, slots=True)
class SearchContext:
    """What reading a search may need to know.

    The clinic's zone, our own base URL, the time now (µs since 1970 UTC), and what is too much.
    """

    zone: ZoneInfo
    base_url: str
    now: int
    bounds: Bounds = Bounds()


@dataclass(frozen=True, init=False)
class SearchParameter(ABC):
    """One declared parameter of one resource type; a subclass per parameter type.

    `Token("status")` looks at `status`; `Token("role", "code")` at `code`. The paths are in the
    notation of `fhirbridge.fhir.path`.
    """

    code: str
    paths: tuple[str, ...]
    # Codes of the same type's parameters whose rows together are those of this one.
    stands_for: tuple[str, ...] = ()

    kind: ClassVar[str]

    def __init__(self, code: str, *paths: str) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "paths", paths or (code,))

    def found_as(self, *codes: str) -> Self:
        """Return this parameter as one whose rows are those of `codes`, and lie only there."""
        made = copy(self)
        object.__setattr__(made, "stands_for", codes)
        return made

    @abstractmethod
    def parse(self, text: str, modifier: str | None, context: SearchContext) -> Value:
        """Return the value that `text` (one alternative, still escaped) asks for.

        Raises Invalid naming the parameter when it is malformed.
        """

    @abstractmethod
    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[Row]:
        """Yield the rows that `resource` has in the index under this parameter."""

    @property
    def modifiers(self) -> frozenset[str]:
        """The modifiers that may follow the code."""
        return frozenset({"missing"})

    @property
    def indexed(self) -> tuple[str, ...]:
        """The codes under which its rows lie in an index: its own, unless it stands for several."""
        return self.stands_for or (self.code,)

    @property
    def has_rows(self) -> bool:
        """Whether rows lie under its own code."""
        return self.code in self.indexed

    @property
    def looks_into(self) -> frozenset[str] | None:
        """The names of a resource's elements on which its rows depend; None: on all."""
        return looked_into(self.paths)

    @property
    def recurring(self) -> bool:
        """Whether it looks at what resource after resource says alike, as codes are."""
        return False

    def absent_from(self, names: frozenset[str]) -> bool:
        """Return whether it is plain that a resource with these `names_in` it has no rows."""
        return nothing_at(names, self.paths)

    def supports(self, modifier: str) -> bool:
        """Return whether `code:modifier` may be asked."""
        return modifier in self.modifiers

    def found(self, resource: dict[str, Any]) -> Iterator[tuple[int, Any]]:
        """Yield the elements at the paths, numbered through all paths."""
        yield from enumerate(element for path in self.paths for element in elements(resource, path))

    def plain(self, text: str) -> str:
        """Return `text` without its escapes. Raises Invalid for a lone backslash."""
        try:
            return unescape(text)
        except ValueError as error:
            raise self.malformed(str(error)) from error

    def malformed(self, reason: str) -> Invalid:
        """Return the error that names this parameter; `reason` never repeats the value."""
        return Invalid(f"{self.code}: {reason}", expression=(f"http.{self.code}",))

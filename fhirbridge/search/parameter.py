"""What every search parameter is: a code, the paths it looks at, and how its values read.

https://hl7.org/fhir/R4/searchparameter.html
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from fhirbridge.search.values import Row, Value


@dataclass(frozen=True, slots=True)
class SearchContext:
    """What reading a value may need to know: the clinic's zone, our own base URL, the time now."""

    zone: ZoneInfo
    base_url: str
    now: int


@dataclass(frozen=True)
class SearchParameter(ABC):
    """One declared parameter of one resource type; a subclass per parameter type."""

    code: str
    paths: tuple[str, ...]

    kind: ClassVar[str]
    modifiers: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def parse(self, text: str, modifier: str | None, context: SearchContext) -> Value:
        """Return the value that `text` (one alternative, still escaped) asks for.

        Raises Invalid naming the parameter when it is malformed.
        """

    @abstractmethod
    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[Row]:
        """Yield the rows that `resource` has in the index under this parameter."""

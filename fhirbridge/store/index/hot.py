"""Hot combinations: one index access gives the rows of an equal combination, in order.

A resource has one row for each way its combination can be asked for (`system|code` and `code` of
every coding), under a 64-bit key. A resource without a sort value comes before all others.
One whose sort value is a long range (a stay in hospital) has a second row under a key for those,
so that searching what ends after a moment needs to look back a short while only.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from fhirbridge.resources.definition import Hot
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.reference import Reference
from fhirbridge.search.values import (
    OPEN_LOW,
    DateRow,
    ReferenceRow,
    ReferenceValue,
    Row,
    TokenRow,
    TokenValue,
    Value,
)
from fhirbridge.store.index.reference import target

TABLE = "hot"
COLUMNS = ("key", "sort", "row", "high")
# The sort value of a resource that has none.
NO_VALUE = OPEN_LOW - 1
# A range longer than this is long, microseconds: a day is not, in any zone.
LONG = 2 * 24 * 3600 * 10**6
LONG_VIEW = "long"
PART, PARTS = "\x1f", "\x1e"


@dataclass(frozen=True, slots=True)
class Combination:
    """A hot combination of one type. `sort` is a date parameter that has at most one value.

    Ranges longer than `long` microseconds count as long.
    """

    type_: str
    parameters: tuple[str, ...]
    sort: str
    descending: bool
    long: int

    @classmethod
    def declared(
        cls, type_: str, hot: Hot, parameters: Mapping[str, SearchParameter]
    ) -> "Combination":
        """Return the combination that a definition declares."""
        sort = hot.sort.removeprefix("-")
        instant = getattr(parameters[sort], "instant", False)
        return cls(type_, hot.parameters, sort, hot.sort.startswith("-"), 1 if instant else LONG)

    def keys(self, view: str, forms: Sequence[Iterable[str]]) -> set[int]:
        """Return the key of every choice of one form per parameter.

        `view` tells apart what different principals are shown: "" for the whole.
        """
        return {self.key(view, chosen) for chosen in product(*forms)}

    def key(self, view: str, chosen: Iterable[str]) -> int:
        """Return the key of one form per parameter."""
        return _key(PARTS.join((self.type_, *self.parameters, self.sort, view, *chosen)))


def forms(row: Row) -> tuple[str, ...]:
    """Return the ways in which `row` can be asked for exactly."""
    match row:
        case TokenRow(code=None):
            return ()
        case TokenRow():
            return (f"code{PART}{row.code}", f"both{PART}{row.system or ''}{PART}{row.code}")
        case ReferenceRow(type_=str(type_), id_=str(id_)):
            return (form_of(type_, id_),)
        case ReferenceRow():
            return (f"url{PART}{row.url}",)
        case _:
            return ()


def asked(parameter: SearchParameter, value: Value, modifier: str | None) -> tuple[str, ...]:
    """Return the forms that together are what a value asks for; none when forms cannot say it."""
    match value:
        case TokenValue(code=str()) if parameter.kind == "token" and modifier is None:
            if value.any_system:
                return (f"code{PART}{value.code}",)
            return (f"both{PART}{value.system or ''}{PART}{value.code}",)
        case ReferenceValue(url=None) if isinstance(parameter, Reference):
            types = (value.type_,) if value.type_ else parameter.targets
            return tuple(
                form_of(type_, value.id_ or "") for type_ in types if type_ not in value.apart
            )
        case ReferenceValue(url=str(), version=None):
            return (f"url{PART}{value.url}",)
        case _:
            return ()


def form_of(type_: str, id_: str) -> str:
    """Return the form of a reference to a resource of this server."""
    return f"to{PART}{target(type_, id_)}"


def sort_range(rows: Sequence[Row]) -> tuple[int, int]:
    """Return the values of the columns `sort` and `high`.

    Raises ValueError for several rows: such a parameter cannot be the sort of a hot combination.
    """
    dates = [row for row in rows if isinstance(row, DateRow)]
    if len(dates) > 1:
        raise ValueError("the sort of a hot combination has more than one value")
    return (dates[0].low, dates[0].high) if dates else (NO_VALUE, NO_VALUE)


# A patient's and a code's results have theirs in common.
@lru_cache(maxsize=4096)
def _key(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)

"""What an index holds and what a search asks, by value kind.

A *row* is one indexed value of one element of a resource. `element` numbers the element it came
from, so that the parts of a composite can be matched within the same element.
A *value* is one alternative of one clause, already parsed.
https://hl7.org/fhir/R4/search.html#ptypes
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

OPEN_LOW = -(2**62)
OPEN_HIGH = 2**62


class Prefix(StrEnum):
    """https://hl7.org/fhir/R4/search.html#prefix."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    LT = "lt"
    GE = "ge"
    LE = "le"
    SA = "sa"
    EB = "eb"
    AP = "ap"


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A code or identifier. `code` is folded; `text` holds display and text for `:text`.

    `types` are system and folded code of each type that an identifier has, for `:of-type`.
    """

    system: str | None
    code: str | None
    text: str | None = None
    element: int = 0
    types: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TokenValue:
    """`code`, `system|code`, `|code`, `system|`: `any_system` tells the first from the third."""

    system: str | None
    code: str | None
    any_system: bool = False


@dataclass(frozen=True, slots=True)
class OfTypeValue:
    """`system|code|value` of `:of-type`: an identifier's value, and the type it must have."""

    system: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class MimeValue:
    """A media type by its hierarchy: one of `codes`, or what begins with `beginning`."""

    codes: tuple[str, ...]
    beginning: str | None = None


@dataclass(frozen=True, slots=True)
class SetValue:
    """A value set (`:in`), or the codes above or below: see `fhirbridge.search.expansion`."""

    relation: Literal["in", "above", "below"]
    system: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class KinValue:
    """A resource, and all above or below it in its hierarchy: `fhirbridge.search.hierarchy`."""

    relation: Literal["above", "below"]
    id_: str


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A local reference has type and id; one to elsewhere has only its url."""

    type_: str | None
    id_: str | None
    url: str | None = None
    version: str | None = None
    element: int = 0


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """What a reference parameter asks for; `type_` None means any declared target.

    With `apart` it means none of those types.
    """

    type_: str | None
    id_: str | None
    url: str | None = None
    version: str | None = None
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DateRow:
    """A range of time in microseconds since 1970 UTC: low inclusive, high exclusive."""

    low: int
    high: int
    element: int = 0


@dataclass(frozen=True, slots=True)
class DateValue:
    """The searched range, with its prefix."""

    prefix: Prefix
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class StringRow:
    """`folded` for the default search, `exact` as written."""

    folded: str
    exact: str
    element: int = 0


@dataclass(frozen=True, slots=True)
class StringValue:
    """The text asked for, folded and as written."""

    folded: str
    exact: str


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number as an inclusive range (a point unless the element itself is a range)."""

    low: Decimal
    high: Decimal
    element: int = 0


@dataclass(frozen=True, slots=True)
class NumberValue:
    """The number asked for, its implied range (low inclusive, high exclusive) and prefix."""

    prefix: Prefix
    number: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class BaseRange:
    """A quantity in base UCUM units, `unit` being their code; None for an open end."""

    low: Decimal | None
    high: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class QuantityRow:
    """A quantity as written; None for an open end (`<0.1`). `base` if its unit is of UCUM."""

    low: Decimal | None
    high: Decimal | None
    system: str | None
    code: str | None
    unit: str | None
    element: int = 0
    base: BaseRange | None = None


@dataclass(frozen=True, slots=True)
class QuantityValue:
    """`[prefix]number|system|code`; `||code` has `any_system` true and means code or unit.

    With a `base_unit` the number is in base UCUM units, and what is compared is `base`.
    """

    number: NumberValue
    system: str | None = None
    code: str | None = None
    any_system: bool = False
    base_unit: str | None = None


@dataclass(frozen=True, slots=True)
class UriRow:
    """A uri as written."""

    uri: str
    element: int = 0


@dataclass(frozen=True, slots=True)
class UriValue:
    """The uri asked for."""

    uri: str


@dataclass(frozen=True, slots=True)
class CompositeValue:
    """One value per part, in order."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class MissingValue:
    """`:missing=true` or `false`."""

    missing: bool


Row = TokenRow | ReferenceRow | DateRow | StringRow | NumberRow | QuantityRow | UriRow
Value = (
    TokenValue
    | OfTypeValue
    | MimeValue
    | SetValue
    | KinValue
    | ReferenceValue
    | DateValue
    | StringValue
    | NumberValue
    | QuantityValue
    | UriValue
    | CompositeValue
    | MissingValue
)

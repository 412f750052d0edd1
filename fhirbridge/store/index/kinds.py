"""Which table holds which kind of row, and what a clause's value asks of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.reference import Reference
from fhirbridge.search.values import (
    DateRow,
    DateValue,
    MimeValue,
    NumberRow,
    NumberValue,
    QuantityRow,
    QuantityValue,
    ReferenceRow,
    ReferenceValue,
    Row,
    StringRow,
    StringValue,
    TokenRow,
    TokenValue,
    UriRow,
    UriValue,
    Value,
)
from fhirbridge.store.index import date, number, quantity, reference, string, token, uri
from fhirbridge.store.sql import Sql, any_of

FIXED = ("param", "row", "n", "element")


@dataclass(frozen=True, slots=True)
class Kind:
    """One index table: its columns, and how a row becomes their values."""

    table: str
    columns: tuple[str, ...]
    stored: Callable[[Any], tuple[Any, ...]]


# The value's own columns come first, then FIXED.
KINDS: dict[type[Row], Kind] = {
    row: Kind(home.TABLE, (*home.COLUMNS, *FIXED), home.stored)
    for row, home in (
        (TokenRow, token),
        (ReferenceRow, reference),
        (DateRow, date),
        (StringRow, string),
        (NumberRow, number),
        (QuantityRow, quantity),
        (UriRow, uri),
    )
}
TABLES = tuple(kind.table for kind in KINDS.values())
COLUMNS = {kind.table: kind.columns for kind in KINDS.values()}

# Where the rows of a parameter lie; references may also have identifiers.
HOMES: dict[str, tuple[str, ...]] = {
    "token": (token.TABLE,),
    "reference": (reference.TABLE, token.TABLE),
    "date": (date.TABLE,),
    "string": (string.TABLE,),
    "number": (number.TABLE,),
    "quantity": (quantity.TABLE,),
    "uri": (uri.TABLE,),
}


def table_for(parameter: SearchParameter, modifier: str | None) -> str:
    """Return the table that a clause looks into."""
    return HOMES[parameter.kind][-1 if modifier == "identifier" else 0]


def is_any(
    alias: str,
    parameter: SearchParameter,
    values: Sequence[Value],
    modifier: str | None,
    *,
    listing: bool = False,
) -> Sql:
    """Return that a row of `alias` is what one of `values` asks for.

    `listing`: the rows are to be found by that, not to be filtered.
    """
    tokens = [one for one in values if isinstance(one, TokenValue)]
    references = [one for one in values if isinstance(one, ReferenceValue)]
    targets = parameter.targets if isinstance(parameter, Reference) else ()
    others = (
        holds(alias, parameter, value, modifier)
        for value in values
        if not isinstance(value, TokenValue | ReferenceValue)
    )
    together = reference.hold(alias, references, targets, listing=listing)
    return any_of((*token.hold(alias, tokens), *together, *others))


def holds(alias: str, parameter: SearchParameter, value: Value, modifier: str | None) -> Sql:
    """Return that a row of `alias` is what `value` asks for.

    Raises TypeError for a value that has no rows of its own (a composite, `:missing`).
    """
    match value:
        case TokenValue() | MimeValue():
            return token.holds(alias, value)
        case ReferenceValue():
            targets = parameter.targets if isinstance(parameter, Reference) else ()
            return any_of(reference.hold(alias, (value,), targets))
        case DateValue():
            return date.holds(f"{alias}.low", f"{alias}.high", value)
        case QuantityValue() | NumberValue():
            return (
                number.holds(alias, value)
                if isinstance(value, NumberValue)
                else quantity.holds(alias, value)
            )
        case _:
            return _text_holds(alias, parameter, value, modifier)


def _text_holds(alias: str, parameter: SearchParameter, value: Value, modifier: str | None) -> Sql:
    match value:
        case StringValue() if parameter.kind == "token":
            return token.text_begins(alias, value.folded)
        case StringValue():
            return string.holds(alias, value, modifier)
        case UriValue():
            return uri.holds(alias, value, modifier)
        case _:
            raise TypeError(f"{type(value).__name__} is not a value of one row")

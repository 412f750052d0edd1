"""What each kind of value asks of a row: the meaning that the store's SQL has to have."""

from fhirbridge.search.prefix import date_holds, number_holds
from fhirbridge.search.uri import is_below
from fhirbridge.search.values import (
    DateRow,
    DateValue,
    MimeValue,
    NumberRow,
    NumberValue,
    OfTypeValue,
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


def holds(value: Value, row: Row, modifier: str | None) -> bool:
    """Return whether `row` is what `value` asks for; False for kinds that do not meet."""
    match value, row:
        case ((TokenValue() | OfTypeValue() | MimeValue()), TokenRow()):
            return _token(value, row)
        case ReferenceValue(), ReferenceRow():
            return _reference(value, row)
        case DateValue(), DateRow():
            return date_holds(value, row)
        case NumberValue(), NumberRow():
            return number_holds(value, row.low, row.high)
        case QuantityValue(), QuantityRow():
            return _quantity(value, row)
        case _:
            return _text_holds(value, row, modifier)


def _text_holds(value: Value, row: Row, modifier: str | None) -> bool:
    match value, row:
        case StringValue(), StringRow():
            return _string(value, row, modifier)
        case StringValue(), TokenRow():
            return row.text is not None and row.text.startswith(value.folded)
        case UriValue(), UriRow():
            return _uri(value.uri, row.uri, modifier)
        case _:
            return False


def _token(value: TokenValue | OfTypeValue | MimeValue, row: TokenRow) -> bool:
    match value:
        case OfTypeValue():
            return (value.system, value.code) in row.types and value.value == row.code
        case MimeValue():
            if row.code is None:
                return False
            begins = value.beginning is not None and row.code.startswith(value.beginning)
            return begins or row.code in value.codes
        case TokenValue():
            if value.code is not None and value.code != row.code:
                return False
            return value.any_system or value.system == row.system


def _reference(value: ReferenceValue, row: ReferenceRow) -> bool:
    """Return whether both name one resource; a version distinguishes canonicals only."""
    if value.url is not None:
        return value.url == row.url and value.version in {None, row.version}
    if value.id_ != row.id_ or row.type_ in value.apart:
        return False
    return value.type_ in {None, row.type_}


def _string(value: StringValue, row: StringRow, modifier: str | None) -> bool:
    if modifier == "exact":
        return value.exact == row.exact
    if modifier == "contains":
        return value.folded in row.folded
    return row.folded.startswith(value.folded)


def _uri(wanted: str, stored: str, modifier: str | None) -> bool:
    if modifier == "below":
        return is_below(stored, wanted)
    if modifier == "above":
        return is_below(wanted, stored)
    return wanted == stored


def _quantity(value: QuantityValue, row: QuantityRow) -> bool:
    """Return whether number and unit agree, in base units where the value is in them."""
    if value.base_unit is None:
        return _unit(value, row) and number_holds(value.number, row.low, row.high)
    if row.base is None or row.base.unit != value.base_unit:
        return False
    return number_holds(value.number, row.base.low, row.base.high)


def _unit(value: QuantityValue, row: QuantityRow) -> bool:
    if value.any_system:
        return value.code is None or value.code in {row.code, row.unit}
    return value.system == row.system and value.code in {None, row.code}

"""Whether one resource answers a query, straight from its rows: slow, plain, and the measure.

The store answers the same question with indexes; tests compare the two.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fhirbridge.search.composite import Composite
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.prefix import date_holds, number_holds
from fhirbridge.search.query import Clause, Query
from fhirbridge.search.uri import is_below
from fhirbridge.search.values import (
    CompositeValue,
    DateRow,
    DateValue,
    MissingValue,
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


def matches(query: Query, resource: dict[str, Any], context: SearchContext) -> bool:
    """Return whether `resource` has the type of `query` and fulfils every clause."""
    if resource["resourceType"] != query.type_:
        return False
    return all(_fulfils(clause, resource, context) for clause in query.clauses)


def _fulfils(clause: Clause, resource: dict[str, Any], context: SearchContext) -> bool:
    first = clause.values[0]
    if isinstance(clause.parameter, Composite):
        return _composite(clause.parameter, clause.values, resource, context)
    rows = list(clause.parameter.rows(resource, context))
    if isinstance(first, MissingValue):
        return first.missing is not bool(rows)
    found = any(holds(value, row, clause.modifier) for value in clause.values for row in rows)
    return found is not (clause.modifier == "not")


def _composite(
    parameter: Composite,
    values: Sequence[Value],
    resource: dict[str, Any],
    context: SearchContext,
) -> bool:
    """Return whether one element holds every part of one of `values`."""
    pairs = sorted(parameter.part_rows(resource, context), key=lambda pair: pair[1].element)
    for _, element in groupby(pairs, key=lambda pair: pair[1].element):
        rows = list(element)
        if any(isinstance(value, CompositeValue) and _parts(value, rows) for value in values):
            return True
    return False


def _parts(value: CompositeValue, rows: Sequence[tuple[int, Row]]) -> bool:
    return all(
        any(index == number and holds(part, row, None) for index, row in rows)
        for number, part in enumerate(value.parts)
    )


def holds(value: Value, row: Row, modifier: str | None) -> bool:
    """Return whether `row` is what `value` asks for; False for kinds that do not meet."""
    match value, row:
        case TokenValue(), TokenRow():
            return _token(value, row)
        case ReferenceValue(), ReferenceRow():
            return _reference(value, row)
        case DateValue(), DateRow():
            return date_holds(value, row)
        case NumberValue(), NumberRow():
            return number_holds(value, row.low, row.high)
        case QuantityValue(), QuantityRow():
            return _unit(value, row) and number_holds(value.number, row.low, row.high)
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


def _token(value: TokenValue, row: TokenRow) -> bool:
    if value.code is not None and value.code != row.code:
        return False
    return value.any_system or value.system == row.system


def _reference(value: ReferenceValue, row: ReferenceRow) -> bool:
    """Return whether both name one resource; a version distinguishes canonicals only."""
    if value.url is not None:
        return value.url == row.url and value.version in {None, row.version}
    return value.id_ == row.id_ and value.type_ in {None, row.type_}


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


def _unit(value: QuantityValue, row: QuantityRow) -> bool:
    if value.any_system:
        return value.code is None or value.code in {row.code, row.unit}
    return value.system == row.system and value.code in {None, row.code}

"""What one row says in other words: a second number for the same parameter.

An identifier with its types (`:of-type`), a quantity in base units.
"""

from functools import lru_cache
from zlib import crc32

from fhirbridge.search.values import (
    OfTypeValue,
    QuantityRow,
    QuantityValue,
    Row,
    TokenRow,
    TokenValue,
    Value,
)

OF_TYPE, BASE = "of-type", "base"
BETWEEN = "\x1f"


@lru_cache(maxsize=65536)
def facet(number: int, name: str) -> int:
    """Return the number of the rows of a facet of the parameter `number`; "" is itself."""
    if not name:
        return number
    found = crc32(f"{number}:{name}".encode())
    return found - 2**32 if found >= 2**31 else found


def facets(row: Row) -> tuple[tuple[str, Row], ...]:
    """Return what else is indexed of `row`, with the name of the facet."""
    if isinstance(row, TokenRow) and row.types and row.code is not None:
        texts = [(system, f"{code}{BETWEEN}{row.code}") for system, code in row.types]
        found = (TokenRow(system, text, None, row.element) for system, text in texts)
        return tuple((OF_TYPE, one) for one in found)
    if isinstance(row, QuantityRow) and row.base is not None:
        low, high, unit = row.base.low, row.base.high, row.base.unit
        return ((BASE, QuantityRow(low, high, None, unit, None, row.element)),)
    return ()


def asked(value: Value) -> tuple[str, Value]:
    """Return the facet in which `value` is found, and what it asks for there."""
    match value:
        case OfTypeValue(system, code, text):
            return OF_TYPE, TokenValue(system, f"{code}{BETWEEN}{text}")
        case QuantityValue(number=number, base_unit=str(unit)):
            return BASE, QuantityValue(number, None, unit)
        case _:
            return "", value

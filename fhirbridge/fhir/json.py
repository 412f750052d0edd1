"""JSON as FHIR needs it: decimals keep their digits, and nothing ambiguous gets in.

https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/datatypes.html#decimal
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Self

import orjson

from fhirbridge.fhir.errors import Invalid

LONGEST_NUMBER = 100
LARGEST_EXPONENT = 300
LONGEST_INTEGER = 18
SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class Literal(Decimal):
    """A JSON number that remembers how it was written: `1.50` and `1e2` stay so."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Return the number written as `text`."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type["Literal"], tuple[str]]:
        return Literal, (self.text,)


def parse(text: bytes | str, max_depth: int = 64) -> Any:
    """Return the JSON value in `text`: decimals are `Literal`, a byte order mark is tolerated.

    Raises Invalid on anything that is not exactly one unambiguous value: duplicate keys, NaN,
    lone surrogates, U+0000, bytes that are not UTF-8, or more than `max_depth` levels.
    """
    try:
        decoded = _decoded(text)
        value = json.loads(
            decoded,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise Invalid("The JSON is nested too deeply.") from None
    except UnicodeError:
        raise Invalid("The JSON is not encoded as UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise Invalid(f"Not JSON: {error.msg} at {place}.") from None
    if decoded.count("{") + decoded.count("[") > max_depth:
        _check_depth(value, max_depth)
    if SUSPICIOUS.search(decoded):
        _check_characters(value)
    return value


def dump(value: Any, *, pretty: bool = False) -> bytes:
    """Return `value` as UTF-8 JSON, keys in their order; `pretty` indents by two spaces.

    Raises TypeError for what JSON cannot hold.
    """
    return orjson.dumps(value, _number, orjson.OPT_INDENT_2 if pretty else None)


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


def _decoded(text: bytes | str) -> str:
    if isinstance(text, bytes):
        return text.decode("utf-8-sig")
    text.encode()
    return text.removeprefix("\ufeff")


def _decimal(text: str) -> Literal:
    _, _, exponent = text.lower().partition("e")
    if len(text) > LONGEST_NUMBER or (exponent and abs(int(exponent)) > LARGEST_EXPONENT):
        raise Invalid("A number is too large or too precise.")
    return Literal(text)


def _integer(text: str) -> int | Literal:
    """Return an int; a Literal where an int would lose something (`-0`) or would not fit."""
    if text == "-0" or len(text) > LONGEST_INTEGER:
        return _decimal(text)
    return int(text)


def _refuse_constant(name: str) -> Any:
    raise Invalid(f"{name} is not JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Invalid("A JSON object holds the same key twice.")
    return members


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _check_depth(value: Any, max_depth: int) -> None:
    level = [value]
    for _ in range(max_depth):
        level = [
            child for one in level for child in _children(one) if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise Invalid("The JSON is nested too deeply.")


def _check_characters(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise Invalid("A string holds U+0000 or half a surrogate pair.")
        return
    for key in value if isinstance(value, dict) else ():
        _check_characters(key)
    for child in _children(value):
        _check_characters(child)

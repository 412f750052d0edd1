"""Number parameters, and the range that a number's digits imply.

https://hl7.org/fhir/R4/search.html#number
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any, ClassVar

from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.prefix import prefixed
from fhirbridge.search.values import NumberRow, NumberValue, Prefix

_DECIMAL = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?(?P<exponent>[eE][+-]?\d{1,2})?", re.ASCII)
# Wide enough that no sum or difference of two readable numbers is rounded.
EXACT = Context(prec=400)
_TENTH = Decimal("0.1")


@dataclass(frozen=True, init=False)
class Number(SearchParameter):
    """A number parameter. `integer` elements are matched exactly, unless by exponent form."""

    integer: bool = False

    kind: ClassVar[str] = "number"

    def __init__(self, code: str, *paths: str, integer: bool = False) -> None:
        super().__init__(code, *paths)
        object.__setattr__(self, "integer", integer)

    def parse(self, text: str, modifier: str | None, context: SearchContext) -> NumberValue:
        """Return the number with its prefix and implied range."""
        del modifier, context
        plain = self.plain(text).strip()
        value = number_value(self, plain)
        if not self.integer or value.prefix is Prefix.AP or "e" in prefixed(plain)[1].lower():
            return value
        ceiling = value.number.to_integral_value(ROUND_FLOOR, EXACT) + 1
        return NumberValue(value.prefix, value.number, value.number, ceiling)

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[NumberRow]:
        """Yield one point per number."""
        del context
        for number, element in self.found(resource):
            value = Decimal(element)
            yield NumberRow(value, value, number)


def number_value(parameter: SearchParameter, text: str) -> NumberValue:
    """Return `[prefix]number` read for `parameter`; raises Invalid naming it.

    The implied range is half a unit of the last digit written to each side; `ap` takes a tenth
    of the value instead. Other prefixes use the number itself.
    """
    prefix, rest = prefixed(text)
    shape = _DECIMAL.fullmatch(rest)
    if shape is None:
        raise parameter.malformed("expected a number")
    number = Decimal(rest)
    margin = half_unit(number)
    if prefix is Prefix.AP:
        margin = max(margin, EXACT.multiply(abs(number), _TENTH))
    return NumberValue(prefix, number, EXACT.subtract(number, margin), EXACT.add(number, margin))


def half_unit(number: Decimal) -> Decimal:
    """Return half of the implied precision: 0.5 for 100, 0.005 for 100.00.

    For 1e2 the standard's own example says 5, not 50: a positive exponent counts one less.
    """
    exponent = int(number.as_tuple().exponent)
    return Decimal(5).scaleb((exponent - 1 if exponent > 0 else exponent) - 1)

"""Decimals into exact fractions and back. The process's own decimal context plays no part."""

from decimal import Context, Decimal, Inexact
from fractions import Fraction

from fhirbridge.terminology.ucum.refusal import NotConvertible
from fhirbridge.terminology.ucum.special import DIGITS, WORKING, decimal

# A decimal of up to so many digits is given whole; a longer or endless one is rounded to DIGITS.
WHOLE = 120
# Of a value's decimal exponent, so that nobody makes us write out 1E+999999999.
FARTHEST = 2000


def exact(value: Decimal) -> Fraction:
    """Return `value` as a fraction; raises NotConvertible when it is not finite or absurd."""
    if max(abs(_exponent(value)), abs(value.adjusted())) > FARTHEST:
        raise NotConvertible("the value is beyond any quantity")
    return Fraction(value)


def shown(number: Fraction, *, rounded: bool = False) -> Decimal:
    """Return `number` as a decimal: whole where it ends, else (or if `rounded`) to 34 digits."""
    if not rounded:
        context = _context(WHOLE)
        whole = decimal(number, context)
        if not context.flags[Inexact]:
            return whole
    context = _context(DIGITS)
    found = context.normalize(decimal(number, context))
    if _exponent(found) > 0 and found.adjusted() < DIGITS:
        return context.quantize(found, Decimal(1))  # 100, not 1E+2
    return found


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise NotConvertible("the value is not a number")
    return exponent


def _context(digits: int) -> Context:
    context = WORKING.copy()
    context.prec = digits
    return context

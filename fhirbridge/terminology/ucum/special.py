"""Units on a scale that is no ratio: https://ucum.org/ucum#section-Special-Units-on-non-ratio-Scales.

The table gives each a function and `value` of `unit`: x of the special unit is `linear(x)` times
that. Temperatures are exact; logarithms are rounded to `DIGITS`, angles to 14 digits.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
)
from fractions import Fraction
from functools import cache, partial

from fhirbridge.terminology.ucum.refusal import NotConvertible

DIGITS = 34
# Some digits more than are shown, so that there and back again is where it started.
WORKING = Context(
    prec=DIGITS + 16,
    rounding=ROUND_HALF_EVEN,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[DivisionByZero, InvalidOperation],
)
# The logarithm of the largest number that is worked with.
STEEPEST = 1000
Function = Callable[[Fraction], Fraction]


@dataclass(frozen=True, slots=True)
class Scale:
    """A function to the linear unit and the one back; `exact`: both are rational."""

    linear: Function
    back: Function
    exact: bool = False


def decimal(number: Fraction, context: Context) -> Decimal:
    """Return `number` rounded to the digits of `context`."""
    return context.divide(Decimal(number.numerator), Decimal(number.denominator))


def _shifted(zero: str) -> Scale:
    """Return the scale whose 0 is at `zero` of the linear unit."""
    offset = Fraction(zero)
    return Scale(lambda x: x + offset, lambda x: x - offset, exact=True)


def _logarithm(base: int | None, times: int = 1) -> Scale:
    """Return the scale of `times` the logarithm to `base` (None: the natural one)."""
    return Scale(partial(_power, base, times), partial(_log, base, times))


def _power(base: int | None, times: int, x: Fraction) -> Fraction:
    if abs(x) > STEEPEST:
        raise NotConvertible("the value is beyond any quantity")
    context = WORKING.copy()
    exponent = decimal(x / times, context)
    if base is None:
        return Fraction(context.exp(exponent))
    return Fraction(context.power(Decimal(base), exponent))


def _log(base: int | None, times: int, x: Fraction) -> Fraction:
    if x <= 0:
        raise NotConvertible("only a positive value has a logarithm")
    context = WORKING.copy()
    found = context.ln(decimal(x, context))
    if base is not None:
        found = context.divide(found, context.ln(Decimal(base)))
    return Fraction(found) * times


def _root(x: Fraction) -> Fraction:
    if x < 0:
        raise NotConvertible("only a value that is not negative has a square root")
    context = WORKING.copy()
    return Fraction(context.sqrt(decimal(x, context)))


def _angle(unit: float) -> Scale:
    """Return the scale of 100 times the tangent of an angle in `unit` radians."""
    return Scale(
        lambda x: _float(math.atan(x / 100) / unit),
        lambda x: _float(100 * math.tan(x * unit)),
    )


def _float(x: float) -> Fraction:
    """Return the digits of `x` that any machine agrees on."""
    return Fraction(f"{x:.14g}")


@cache
def scales() -> Mapping[str, Scale]:
    """Return the scales by the name of their function in the table."""
    return {
        "Cel": _shifted("273.15"),
        "degF": _shifted("459.67"),
        "degRe": _shifted("218.52"),
        "pH": _logarithm(10, -1),
        "ln": _logarithm(None),
        "lg": _logarithm(10),
        "lgTimes2": _logarithm(10, 2),
        "ld": _logarithm(2),
        "hpX": _logarithm(10, -1),
        "hpC": _logarithm(100, -1),
        "hpM": _logarithm(1000, -1),
        "hpQ": _logarithm(50_000, -1),
        "tanTimes100": _angle(1.0),
        "100tan": _angle(math.pi / 180),
        "sqrt": Scale(lambda x: x * x, _root),
    }

"""Quantities in base units, for comparing what is written in different ones."""

from decimal import Decimal
from functools import lru_cache

from fhirbridge.terminology.ucum.conversion import linear
from fhirbridge.terminology.ucum.magnitude import Measure, measure
from fhirbridge.terminology.ucum.number import exact, shown
from fhirbridge.terminology.ucum.refusal import NotConvertible, NotUcum


def canonical(value: Decimal, code: str) -> tuple[Decimal, str] | None:
    """Return `value` and its unit in base units, None when `code` is no UCUM code.

    5.4 mg is (0.0054, "g"). The unit's text is a UCUM code itself: powers in alphabetical order,
    then the annotations in lower case. Temperatures come in K; other special units (pH, dB) stay,
    without their prefix, so the order of values is kept. None also for a value that is infinite
    or absurd.
    """
    return _canonical(value, code) if value.is_finite() else None


# One Observation asks several times for the same: a parameter, a composite, each view.
@lru_cache(4096)
def _canonical(value: Decimal, code: str) -> tuple[Decimal, str] | None:
    try:
        amount, unit = exact(value), measure(code)
    except (NotUcum, NotConvertible):
        return None
    whole, scale = linear(unit)
    if scale is not None and scale.exact:
        return shown(scale.linear(amount * unit.factor) * whole.factor), base_code(whole)
    return shown(amount * unit.factor), base_code(unit)


@lru_cache(4096)
def base_code(unit: Measure) -> str:
    """Return the code of the base units of `unit`, such as `g.m-3` or `1{creat}`."""
    powers = ".".join(base if power == 1 else f"{base}{power}" for base, power in unit.powers)
    return (powers or "1") + ".".join(f"{{{text}}}" for text in sorted(unit.annotations))

"""A value in another unit, exact where the units are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from fhirbridge.terminology.ucum.essence import atoms
from fhirbridge.terminology.ucum.magnitude import Measure, Powers, measure, raised
from fhirbridge.terminology.ucum.number import exact, shown
from fhirbridge.terminology.ucum.refusal import NotConvertible
from fhirbridge.terminology.ucum.special import Scale, scales


@dataclass(frozen=True, slots=True)
class Bridge:
    """1 of the dimension `base` is `factor` of `powers`."""

    base: str
    factor: Fraction
    powers: Powers


def convert(
    value: Decimal,
    from_: str,
    to: str,
    *,
    molar_mass: Decimal | None = None,
    charge: int | None = None,
    annotations: bool = True,
) -> Decimal:
    """Return `value` of the unit `from_` in the unit `to`.

    `molar_mass` (g/mol) leads from mass to substance, `charge` (of the ion, either sign) from
    equivalents to moles; `annotations=False` lets the annotations of the two differ. The result is
    exact where it ends within 120 digits, else rounded to 34.
    Raises NotUcum and NotConvertible.
    """
    source, target = measure(from_), measure(to)
    if annotations and source.annotations != target.annotations:
        raise NotConvertible(f"{from_!r} and {to!r} are annotated differently")
    bridges = tuple(_bridges(molar_mass, charge))
    amount = exact(value)
    if source.powers == target.powers:
        return shown(amount * source.factor / target.factor)
    (first, start), (last, end) = linear(source), linear(target)
    ratio = _ratio(first, last, bridges)
    if ratio is None:
        raise NotConvertible(f"no factor leads from {from_!r} to {to!r}")
    amount = ratio * (start.linear(amount * source.factor) if start else amount)
    if end is not None:
        amount = end.back(amount) / target.factor
    rounded = any(scale is not None and not scale.exact for scale in (start, end))
    return shown(amount, rounded=rounded)


def linear(unit: Measure) -> tuple[Measure, Scale | None]:
    """Return the linear unit behind a special one and the scale between; else `unit` and None.

    A special unit in a product (`Cel/min`) has no scale: it is comparable with its like only.
    """
    match unit.powers:
        case ((base, 1),) if function := atoms()[base].function:
            whole = measure(atoms()[base].unit)
            factor = atoms()[base].value * whole.factor
            return Measure(factor, whole.powers, unit.annotations), scales()[function]
        case _:
            return unit, None


def _bridges(molar_mass: Decimal | None, charge: int | None) -> Iterator[Sequence[Bridge]]:
    """Yield the ways to try, each a row of steps; raises NotConvertible for a senseless number."""
    equivalents: list[Bridge] = []
    if charge is not None:
        if charge == 0:
            raise NotConvertible("an ion's charge is not 0")
        equivalents = [Bridge("eq", Fraction(1, abs(charge)), (("mol", 1),))]
    if molar_mass is not None:
        mass = exact(molar_mass)
        if mass <= 0:
            raise NotConvertible("a molar mass is positive")
        yield [*equivalents, Bridge("mol", mass, (("g", 1),))]
    mole = atoms()["mol"]
    yield [*equivalents, Bridge("mol", mole.value * measure(mole.unit).factor, ())]


def _ratio(source: Measure, target: Measure, ways: Sequence[Sequence[Bridge]]) -> Fraction | None:
    """Return how many of `target` one of `source` is, None when no way leads there."""
    for way in ways:
        ratio = source.factor / target.factor
        excess = Counter(dict(source.powers))
        excess.subtract(dict(target.powers))
        for bridge in (None, *way):
            if bridge is not None:
                exponent = excess.pop(bridge.base, 0)
                ratio *= raised(bridge.factor, exponent)
                excess.update({base: power * exponent for base, power in bridge.powers})
            if not any(excess.values()):
                return ratio
    return None

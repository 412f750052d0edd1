"""What a code measures: an exact factor, a product of dimensions, and its annotations.

https://ucum.org/ucum#section-Semantics, with two dimensions more than UCUM's seven: `mol` (a number
there, of particles) and `eq` (the same as `mol` there), because a laboratory must not confuse them;
`conversion.py` knows what joins them. An arbitrary unit is a dimension of its own, and so is a
special unit, whose function `special.py` knows.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from fhirbridge.terminology.ucum.essence import Atom, Symbol
from fhirbridge.terminology.ucum.grammar import Component, Term, parse
from fhirbridge.terminology.ucum.refusal import NotConvertible

KEPT = frozenset({"mol", "eq"})
# Bits of a factor: 10*3000 is not a quantity but an attack.
LARGEST = 20_000
Powers = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """1 of a code = `factor` of the product of `powers` (base → exponent, in the bases' order).

    The annotations are in lower case; wherever they stand, they belong to the whole
    (`ug{FEU}/mL` and `ug/mL{FEU}` are both in use).
    """

    factor: Fraction
    powers: Powers
    annotations: frozenset[str] = frozenset()


UNITY = Measure(Fraction(1), ())


@lru_cache(4096)
def measure(code: str) -> Measure:
    """Return what `code` measures; the empty text is unity.

    Raises NotUcum, and NotConvertible for factors beyond any quantity.
    """
    return reduced(parse(code)) if code else UNITY


def reduced(term: Term) -> Measure:
    """Return the product of a term's components; raises NotConvertible as `measure` does."""
    factor, powers, annotations = Fraction(1), Counter[str](), set[str]()
    for component in term:
        part = _part(component.what)
        exponent = -component.exponent if component.divides else component.exponent
        factor = raised(factor * raised(part.factor, exponent), 1)
        for base, power in part.powers:
            powers[base] += power * exponent
        annotations |= part.annotations | set(_annotation(component))
    kept = tuple(sorted((base, power) for base, power in powers.items() if power))
    return Measure(factor, kept, frozenset(annotations))


def _part(what: Symbol | int | Term | None) -> Measure:
    """Return what one component measures before its exponent."""
    match what:
        case None:
            return UNITY
        case int():
            return Measure(Fraction(what), ())
        case Symbol(prefix, atom):
            whole = definition(atom)
            times = Fraction(1) if prefix is None else prefix.value
            return Measure(times * whole.factor, whole.powers)
        case _:
            return reduced(what)


def definition(atom: Atom) -> Measure:
    """Return what an atom measures: itself where it is a dimension of its own."""
    incomparable = atom.arbitrary and atom.unit == "1"
    if not atom.unit or atom.function or atom.code in KEPT or incomparable:
        return Measure(Fraction(1), ((atom.code, 1),))
    whole = measure(atom.unit)
    return Measure(atom.value * whole.factor, whole.powers)


def _annotation(component: Component) -> Iterator[str]:
    if component.annotation:
        yield component.annotation.lower()


def raised(factor: Fraction, exponent: int) -> Fraction:
    """Return `factor` to the power `exponent`; raises NotConvertible when that is absurd."""
    bits = factor.numerator.bit_length() + factor.denominator.bit_length()
    if factor != 1 and bits * abs(exponent) > LARGEST:
        raise NotConvertible("the unit's factor is beyond any quantity")
    return factor**exponent

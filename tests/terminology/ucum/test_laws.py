"""What holds for every code: hostile text does no harm, conversion is a group, base units a map."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhirbridge.terminology import ucum
from fhirbridge.terminology.ucum import essence
from fhirbridge.terminology.ucum.grammar import parse

NEARLY = Decimal("1e-25")
UCUM_LIKE = st.text("mgLl/..(){}[]*^10+-29'%uIUkHeqol_ \u00b5\u0433\u0662", max_size=24)
SYMBOLS = sorted(essence.symbols())
RATIO = [code for code in SYMBOLS if not essence.symbols()[code].atom.function]
VALUES = st.decimals(
    min_value=Decimal("-1e9"), max_value=Decimal("1e9"), places=6, allow_nan=False
).filter(bool)


@st.composite
def components(draw, symbols):
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return str(draw(st.integers(1, 1000)))
    if kind == 1:
        return draw(st.sampled_from(["{a}", "{FEU}", "{1.73_m2}"]))
    exponent = draw(st.sampled_from(["", "", "", "2", "-1", "+3", "-2"]))
    annotation = draw(st.sampled_from(["", "", "", "{creat}", "{Hb}"]))
    return draw(st.sampled_from(symbols)) + exponent + annotation


def codes(symbols=RATIO):
    def joined(inner):
        operator = st.sampled_from(["{}.{}", "{}/{}", "({}).{}", "{}/({})"])
        return st.builds(lambda how, a, b: how.format(a, b), operator, inner, inner)

    return st.recursive(components(symbols), joined, max_leaves=5)


def near(one, other):
    return abs(one - other) <= NEARLY * max(abs(one), abs(other))


@given(st.one_of(UCUM_LIKE, st.text()))
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_code_or_refused_by_the_one_error(text):
    if ucum.validate(text):
        assert parse(text)
    else:
        with pytest.raises(ucum.NotUcum) as refused:
            parse(text)
        assert 0 <= refused.value.position <= len(text)


@given(UCUM_LIKE, UCUM_LIKE, st.decimals())
@settings(deadline=None)
def test_no_text_or_value_breaks_a_conversion(one, other, value):
    with suppress(ucum.NotUcum, ucum.NotConvertible):
        assert ucum.convert(value, one, other).is_finite()
    ucum.canonical(value, one)


@given(codes(SYMBOLS))
@settings(deadline=None)
def test_what_is_composed_of_symbols_is_valid_and_has_a_name(code):
    assert ucum.problem(code) is None
    assert ucum.display(code)


@given(codes(), VALUES)
@settings(deadline=None)
def test_a_quantity_in_base_units_is_the_same_quantity(code, value):
    number, base = ucum.canonical(value, code)
    assert near(ucum.convert(value, code, base), number)
    assert near(ucum.convert(number, base, code), value)


@given(st.sampled_from(RATIO), st.sampled_from(RATIO), VALUES)
@settings(max_examples=500, deadline=None)
def test_a_conversion_of_simple_units_comes_back(one, other, value):
    with suppress(ucum.NotConvertible):
        assert near(ucum.convert(ucum.convert(value, one, other), other, one), value)


@given(st.sampled_from(["Cel", "[degF]", "[degRe]", "mCel"]), VALUES)
@settings(deadline=None)
def test_a_temperature_comes_back(code, value):
    assert near(ucum.convert(ucum.convert(value, code, "K"), "K", code), value)


@given(st.sampled_from(["[pH]", "B[V]", "Np", "bit_s", "dB"]), st.decimals(-30, 30, places=3))
@settings(deadline=None)
def test_a_logarithm_comes_back(code, value):
    linear = {"[pH]": "mol/L", "B[V]": "V"}.get(code, "1")
    back = ucum.convert(ucum.convert(value, code, linear), linear, code)
    assert abs(back - value) < NEARLY


@given(codes(SYMBOLS), VALUES)
@settings(deadline=None)
def test_base_units_are_their_own_base_units(code, value):
    number, base = ucum.canonical(value, code)
    again, same = ucum.canonical(number, base)
    assert same == base
    assert near(again, number)


@given(codes(), codes(), VALUES, VALUES)
@settings(deadline=None)
def test_the_base_of_a_product_is_the_product_of_the_bases(one, other, first, second):
    whole = ucum.measure(f"({one}).({other})")
    assert whole.factor == ucum.measure(one).factor * ucum.measure(other).factor
    number, base = ucum.canonical(first * second, f"({one}).({other})")
    left, right = ucum.canonical(first, one), ucum.canonical(second, other)
    assert near(number, left[0] * right[0])
    assert base == ucum.canonical(Decimal(1), f"({left[1]}).({right[1]})")[1]


@given(codes(), codes())
@settings(deadline=None)
def test_a_quotient_is_the_product_with_the_inverse(one, other):
    assert ucum.measure(f"({one})/({other})") == ucum.measure(f"({one}).(1/({other}))")


@given(st.sampled_from(SYMBOLS), VALUES, VALUES)
@settings(deadline=None)
def test_base_units_keep_the_order_of_values(code, one, other):
    low, high = sorted((one, other))
    assert ucum.canonical(low, code) <= ucum.canonical(high, code)

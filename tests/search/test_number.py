from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.json import Literal
from fhirbridge.search.number import Number
from fhirbridge.search.prefix import number_holds
from fhirbridge.search.values import NumberValue, Prefix

PROBABILITY = Number("probability")
LENGTH = Number("length", integer=True)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "95", "105"),
        ("0", "-0.5", "0.5"),
        ("-3", "-3.5", "-2.5"),
        ("5.4e-3", "0.00535", "0.00545"),
        ("ap100", "90", "110"),
        ("ap0", "-0.5", "0.5"),
    ],
)
def test_digits_imply_a_range(text, low, high):
    value = PROBABILITY.parse(text, None, CONTEXT)
    assert (value.low, value.high) == (Decimal(low), Decimal(high))


def risk(value):
    return {"resourceType": "RiskAssessment", "id": "1", "probability": value}


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("100", "99.5", True),
        ("100", "100.5", False),
        ("100.00", "100.01", False),
        ("ne100", "100.5", True),
        ("gt70", "70", False),
        ("gt70", "70.1", True),
        ("ge70", "70", True),
        ("ge70", "69.9", False),
        ("lt70", "70", False),
        ("le70", "70.0", True),
        ("le70", "70.1", False),
        ("sa70", "70.1", True),
        ("eb70", "69.9", True),
        ("sa70", "70", False),
        ("ap100", "91", True),
        ("ap100", "111", False),
    ],
)
def test_prefixes_other_than_eq_and_ne_take_the_number_exactly(text, value, expected):
    assert asked(risk(Literal(value)), [PROBABILITY], ("probability", text)) is expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [("5", 5, True), ("5", 6, False), ("5.5", 5, False), ("5.5", 6, False), ("5.0", 5, True),
     ("1e2", 96, True), ("ne5", 5, False), ("gt5", 6, True), ("100", 101, False)],
)  # fmt: skip
def test_integers_are_matched_exactly_unless_by_exponent_form(text, value, expected):
    resource = {"resourceType": "MolecularSequence", "id": "1", "length": value}
    assert asked(resource, [LENGTH], ("length", text)) is expected


@pytest.mark.parametrize(
    "text", ["", "gt", "ten", "1,5", "NaN", "Infinity", "1e999", "1_0", "٣", "--1", "1."]
)
def test_a_malformed_number_names_its_parameter(text):
    with pytest.raises(Invalid, match=r"^probability: "):
        PROBABILITY.parse(text, None, CONTEXT)


DECIMALS = st.decimals(-1000, 1000, places=2)


@given(DECIMALS, DECIMALS, st.decimals(0, 10, places=2))
def test_the_prefixes_obey_their_laws(number, low, width):
    high, half = low + width, Decimal("0.005")
    holds = {
        p: number_holds(NumberValue(p, number, number - half, number + half), low, high)
        for p in Prefix
    }
    assert holds[Prefix.NE] is not holds[Prefix.EQ]
    assert holds[Prefix.GE] is not holds[Prefix.EB]
    assert holds[Prefix.LE] is not holds[Prefix.SA]
    assert not holds[Prefix.SA] or holds[Prefix.GT]
    assert not holds[Prefix.EB] or holds[Prefix.LT]
    assert not holds[Prefix.EQ] or holds[Prefix.AP]


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12
    )
)
def test_a_number_lies_in_its_own_range_and_more_digits_narrow_it(number):
    wide = PROBABILITY.parse(str(number), None, CONTEXT)
    narrow = PROBABILITY.parse(f"{number}0", None, CONTEXT)
    assert wide.low <= number < wide.high
    assert wide.low < narrow.low <= number < narrow.high < wide.high

import pytest
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.fhir.json import Literal
from fhirbridge.search.composite import Composite
from fhirbridge.search.quantity import Quantity
from fhirbridge.search.token import Token
from fhirbridge.search.values import QuantityRow, TokenRow

PARTS = (Token("code"), Quantity("valueQuantity"))
COMPONENT = Composite("component-code-value-quantity", bases=("component",), parts=PARTS)
COMBO = Composite("combo-code-value-quantity", bases=("", "component"), parts=PARTS)
ROOT = Composite("code-value-quantity", parts=PARTS)
ALL = [COMPONENT, COMBO, ROOT]


def measured(code, value):
    return {"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": Literal(value)}}


PRESSURE = {
    "resourceType": "Observation",
    "id": "1",
    "component": [measured("systolic", "120"), measured("diastolic", "80")],
    **measured("mean", "93"),
}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("component-code-value-quantity", "systolic$120", True),
        ("component-code-value-quantity", "systolic$80", False),
        ("component-code-value-quantity", "systolic$80,diastolic$80", True),
        ("component-code-value-quantity", "mean$93", False),
        ("combo-code-value-quantity", "mean$93", True),
        ("combo-code-value-quantity", "diastolic$lt90", True),
        ("combo-code-value-quantity", "mean$120", False),
        ("code-value-quantity", "mean$gt90", True),
        ("code-value-quantity", "systolic$120", False),
    ],
)
def test_parts_must_match_within_one_element(name, text, expected):
    assert asked(PRESSURE, ALL, (name, text)) is expected


def test_rows_carry_the_number_of_their_base():
    rows = list(COMPONENT.part_rows(PRESSURE, CONTEXT))
    assert rows[2:] == [
        (0, TokenRow(None, "diastolic", None, 1)),
        (1, QuantityRow(Literal(80), Literal(80), None, None, None, 1)),
    ]
    assert list(COMPONENT.rows(PRESSURE, CONTEXT)) == [row for _, row in rows]


def test_an_element_that_lacks_a_part_has_no_rows():
    half = {"component": [{"code": {"text": "x"}}]}
    assert list(COMPONENT.part_rows(half, CONTEXT)) == []


@pytest.mark.parametrize("text", ["systolic", "systolic$", "$120", "a$1$2", "a\\$1", "a$b"])
def test_a_malformed_composite_is_refused(text):
    with pytest.raises(Invalid):
        COMPONENT.parse(text, None, CONTEXT)


@pytest.mark.parametrize("modifier", ["missing", "not"])
def test_a_composite_takes_no_modifier(modifier):
    with pytest.raises(NotSupported):
        asked(PRESSURE, ALL, (f"code-value-quantity:{modifier}", "true"))

import pytest
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.json import Literal
from fhirbridge.search.quantity import Quantity

VALUE = Quantity("value-quantity", "valueQuantity", "valueSampledData")
UCUM = "http://unitsofmeasure.org"


def measured(value, comparator=None, **unit):
    quantity = {"value": Literal(value), **unit}
    if comparator:
        quantity["comparator"] = comparator
    return {"resourceType": "Observation", "id": "1", "valueQuantity": quantity}


MILLIGRAMS = {"system": UCUM, "code": "mg", "unit": "мг"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.4", True),
        ("5.4||mg", True),
        ("5.4||мг", True),
        ("5.4||g", False),
        (f"5.4|{UCUM}|mg", True),
        (f"5.4|{UCUM}|", True),
        ("5.4|urn:other|mg", False),
        (f"5.4|{UCUM}|мг", False),
        ("5.44", False),
        ("gt5.4", False),
        (f"ge5.4|{UCUM}|mg", True),
    ],
)
def test_a_unit_is_ignored_loose_or_precise(text, expected):
    assert asked(measured("5.40", **MILLIGRAMS), [VALUE], ("value-quantity", text)) is expected


@pytest.mark.parametrize(
    ("comparator", "text", "expected"),
    [
        ("<", "lt0.1", True),
        ("<", "0.1", False),
        ("<", "ne0.1", True),
        ("<", "ge0.1", False),
        ("<", "gt0.05", True),
        ("<", "eb0.1", True),
        ("<=", "ge0.1", True),
        ("<=", "gt0.1", False),
        (">", "gt0.1", True),
        (">", "le0.1", False),
        (">", "gt1000", True),
        (">=", "le0.1", True),
        (">=", "sa0.1", False),
    ],
)
def test_a_comparator_makes_an_open_range(comparator, text, expected):
    resource = measured("0.1", comparator)
    assert asked(resource, [VALUE], ("value-quantity", text)) is expected


def test_sampled_data_is_found_by_its_extent():
    sampled = {
        "origin": {"value": 10, "code": "mV"},
        "factor": Literal("0.5"),
        "data": "E 0 4 U -2 L",
    }
    resource = {"resourceType": "Observation", "id": "1", "valueSampledData": sampled}
    assert asked(resource, [VALUE], ("value-quantity", "gt11.9||mV"))
    assert not asked(resource, [VALUE], ("value-quantity", "gt12"))
    assert asked(resource, [VALUE], ("value-quantity", "lt9.1"))


def test_a_quantity_without_value_or_samples_has_no_row():
    assert not asked(
        {"resourceType": "Observation", "id": "1", "valueQuantity": {"unit": "g"}},
        [VALUE],
        ("value-quantity:missing", "false"),
    )
    only_errors = {"origin": {"value": 0}, "data": "E U L"}
    assert list(VALUE.rows({"valueSampledData": only_errors}, CONTEXT)) == []


@pytest.mark.parametrize("text", ["5.4|mg", "5.4|a|b|c", "|a|b", "five", "5.4\\"])
def test_a_malformed_quantity_names_its_parameter(text):
    with pytest.raises(Invalid, match=r"^value-quantity: "):
        VALUE.parse(text, None, CONTEXT)

"""Search parameters that look at the value of an Observation and of its components."""

from fhirbridge.search.composite import Composite
from fhirbridge.search.date import Date
from fhirbridge.search.quantity import Quantity
from fhirbridge.search.string import String
from fhirbridge.search.token import Token

CODE = Token("code")
CONCEPT = Token("value-concept", "valueCodeableConcept")
DATE = Date("value-date", "valueDateTime", "valuePeriod")
QUANTITY = Quantity("value-quantity", "valueQuantity", "valueSampledData")
STRING = String("value-string", "valueString", "valueCodeableConcept.text")
ONLY_QUANTITY = Quantity("value-quantity", "valueQuantity")
ONLY_STRING = String("value-string", "valueString")
ROOT, COMPONENT, BOTH = ("",), ("component",), ("", "component")

VALUES = (
    CONCEPT,
    DATE,
    QUANTITY,
    STRING,
    Token("data-absent-reason", "dataAbsentReason"),
    Composite("code-value-concept", bases=ROOT, parts=(CODE, CONCEPT)),
    Composite("code-value-date", bases=ROOT, parts=(CODE, DATE)),
    Composite("code-value-quantity", bases=ROOT, parts=(CODE, ONLY_QUANTITY)),
    Composite("code-value-string", bases=ROOT, parts=(CODE, ONLY_STRING)),
    Token("component-code", "component.code"),
    Token("component-data-absent-reason", "component.dataAbsentReason"),
    Token("component-value-concept", "component.valueCodeableConcept"),
    Quantity("component-value-quantity", "component.valueQuantity", "component.valueSampledData"),
    Composite("component-code-value-concept", bases=COMPONENT, parts=(CODE, CONCEPT)),
    Composite("component-code-value-quantity", bases=COMPONENT, parts=(CODE, ONLY_QUANTITY)),
    Token("combo-code", "code", "component.code").found_as("code", "component-code"),
    Token("combo-data-absent-reason", "dataAbsentReason", "component.dataAbsentReason").found_as(
        "data-absent-reason", "component-data-absent-reason"
    ),
    Token("combo-value-concept", "valueCodeableConcept", "component.valueCodeableConcept").found_as(
        "value-concept", "component-value-concept"
    ),
    Quantity(
        "combo-value-quantity",
        "valueQuantity",
        "valueSampledData",
        "component.valueQuantity",
        "component.valueSampledData",
    ).found_as("value-quantity", "component-value-quantity"),
    Composite("combo-code-value-concept", bases=BOTH, parts=(CODE, CONCEPT)).found_as(
        "code-value-concept", "component-code-value-concept"
    ),
    Composite("combo-code-value-quantity", bases=BOTH, parts=(CODE, ONLY_QUANTITY)).found_as(
        "code-value-quantity", "component-code-value-quantity"
    ),
)

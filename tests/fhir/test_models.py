import subprocess
import sys

import pytest
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from fhirbridge.fhir.json import parse
from fhirbridge.fhir.models import typed_check

VALID = """{
    "resourceType": "Observation", "status": "final", "code": {"text": "x"},
    "valueQuantity": {"value": 1.50}
}"""


def test_a_valid_resource_passes_and_is_not_changed():
    resource = parse(VALID)
    assert typed_check(resource) == ()
    assert resource == parse(VALID)


def test_defects_are_told_with_their_place_and_without_their_value():
    resource = parse(VALID) | {
        "effectiveDateTime": "2024-02-31",
        "colour": "Ivanov",
        "component": [{}],
    }
    issues = {issue.expression[0]: issue for issue in typed_check(resource)}
    assert issues["Observation.effectiveDateTime"].code == "value"
    assert issues["Observation.colour"].code == "structure"
    assert issues["Observation.component[0].code"].code == "required"
    assert not any("Ivanov" in issue.diagnostics for issue in issues.values())


def test_an_extension_in_the_place_of_a_value_is_known_though_the_models_do_not_know_it():
    absent = {"url": "http://x.example/absent", "valueCode": "unknown"}
    extension = {"url": "http://x.example/x", "_valueString": {"extension": [absent]}}
    assert typed_check(parse(VALID) | {"extension": [extension]}) == ()


REPEATED = {
    "code": {"coding": [{"system": "http://x.example", "code": "1"}], "text": "x"},
    "subject": {"reference": "Patient/1"},
    "referenceRange": [{"low": {"value": 1}, "text": "1 -"}, {"text": "x"}],
}


@pytest.mark.parametrize("name", REPEATED)
def test_a_defect_is_told_each_time_whatever_was_accepted_before_it(name):
    resource = parse(VALID) | REPEATED
    assert typed_check(resource) == typed_check(resource) == ()
    value = resource[name]
    inside = value[1] if isinstance(value, list) else value
    broken = {**inside, "colour": "Ivanov"}
    spoilt = resource | {name: [value[0], broken] if isinstance(value, list) else broken}
    place = (
        f"Observation.{name}[1].colour" if isinstance(value, list) else f"Observation.{name}.colour"
    )
    for _ in range(2):
        (issue,) = typed_check(spoilt)
        assert (issue.code, issue.expression) == ("structure", (place,))
    assert typed_check(resource) == ()


@pytest.mark.parametrize("wrong", ["x", 1, None, [], [{"text": "x"}], {"text": "\0"}, {"text": 1}])
def test_what_has_the_place_of_a_repeated_element_but_not_its_shape_is_judged_with_the_whole(wrong):
    model = get_fhir_model_class("Observation")
    resource = parse(VALID) | {"code": wrong}
    try:
        model.model_validate(resource)
        accepted = True
    except ValidationError:
        accepted = False
    assert (typed_check(resource) == ()) is accepted


def test_an_unknown_type_is_an_issue():
    assert typed_check({})[0].code == "structure"
    assert typed_check({"resourceType": "Wish"})[0].code == "structure"


def test_importing_it_does_not_load_the_models():
    code = "import sys, fhirbridge.fhir.models; sys.exit('fhir.resources' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

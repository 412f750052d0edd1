import copy

import pytest

from fhirbridge.fhir.json import parse
from fhirbridge.fhir.schema import check, types

OBSERVATION = """{
    "resourceType": "Observation", "id": "1", "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hb"},
    "subject": {"reference": "Patient/1"}, "effectiveDateTime": "2024-02-29",
    "valueQuantity": {"value": 1.50, "unit": "g/L"},
    "component": [{"code": {"text": "part"}, "valueInteger": 3}]
}"""
EXTENSION = {"extension": [{"url": "urn:x", "valueCode": "masked"}]}


def observation(**changes):
    resource = copy.deepcopy(parse(OBSERVATION))
    for key, value in changes.items():
        if value is None:
            resource.pop(key, None)
        else:
            resource[key] = value
    return resource


def test_a_valid_resource_has_no_issues():
    assert check(observation()) == ()


@pytest.mark.parametrize(
    ("changes", "code", "expression"),
    [
        ({"status": None}, "required", "Observation"),
        ({"code": None}, "required", "Observation"),
        ({"status": "wrong"}, "code-invalid", "Observation.status"),
        ({"colour": "red"}, "structure", "Observation"),
        ({"subject": "Patient/1"}, "structure", "Observation.subject"),
        ({"effectiveDateTime": "2024-02-31"}, "value", "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "2023-02-29"}, "value", "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "2024-13"}, "value", "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "2024-01-01T10:00:00"}, "value", "Observation.effectiveDateTime"),
        ({"issued": "2024-01-01T10:00:00"}, "value", "Observation.issued"),
        ({"valueString": "two values"}, "structure", "Observation"),
        ({"_valueString": EXTENSION}, "structure", "Observation"),
        ({"note": []}, "structure", "Observation.note"),
        ({"meta": {}}, "structure", "Observation.meta"),
        ({"category": [{}]}, "structure", "Observation.category[0]"),
        ({"category": [{"text": ""}]}, "value", "Observation.category[0].text"),
        ({"category": [{"text": "a\bb"}]}, "value", "Observation.category[0].text"),
        ({"category": {"text": "x"}}, "structure", "Observation.category"),
        ({"id": "a b"}, "value", "Observation.id"),
        ({"id": "1\n"}, "value", "Observation.id"),
        ({"valueQuantity": {"value": "1"}}, "structure", "Observation.valueQuantity.value"),
        ({"component": [{"valueInteger": 1}]}, "required", "Observation.component[0]"),
        (
            {"component": [{"code": {"text": "x"}, "valueInteger": parse("1.0")}]},
            "structure",
            "Observation.component[0].valueInteger",
        ),
        (
            {"component": [{"code": {"text": "x"}, "valueInteger": 2**31}]},
            "value",
            "Observation.component[0].valueInteger",
        ),
        (
            {"contained": [{"resourceType": "Patient", "colour": "red"}]},
            "structure",
            "Observation.contained[0]",
        ),
        (
            {"contained": [{"resourceType": "Wish"}]},
            "code-invalid",
            "Observation.contained[0].resourceType",
        ),
        ({"contained": [{"id": "x"}]}, "required", "Observation.contained[0]"),
        ({"extension": [{"url": "urn:x"}]}, "required", "Observation.extension[0]"),
        (
            {"extension": [{"url": "urn:x", "valueCode": "a", **EXTENSION}]},
            "structure",
            "Observation.extension[0]",
        ),
        (
            {"text": {"status": "generated", "div": "<div>x</div>"}},
            "invalid",
            "Observation.text.div",
        ),
    ],
)
def test_a_defect_is_told_with_its_place(changes, code, expression):
    issues = check(observation(**changes))
    assert (code, (expression,)) in [(issue.code, issue.expression) for issue in issues]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": None, "_status": EXTENSION},
        {"effectiveDateTime": None, "_effectiveDateTime": EXTENSION},
        {"_effectiveDateTime": EXTENSION},
        {"effectiveDateTime": "2000-02-29T10:00:60.123+14:00"},
        {"contained": [{"resourceType": "Basic", "code": {"text": "open"}}]},
        {"category": [{"text": "неразрывный\u00a0пробел\u202f"}]},
        {"valueQuantity": {"value": 10**17}},
    ],
)
def test_what_r4_allows_is_valid(changes):
    assert check(observation(**changes)) == ()


def test_null_stands_in_an_array_only_beside_an_extension():
    patient = {"resourceType": "Patient", "name": [{"given": ["a", None]}]}
    assert check(patient)[0].expression == ("Patient.name[0].given[1]",)
    patient["name"][0]["_given"] = [None, EXTENSION]
    assert check(patient) == ()


def test_no_issue_repeats_a_value():
    issues = check(observation(status="Ivanov", subject="Ivanov", **{"Иванов Иван": 1}))
    assert issues
    assert not any("vanov" in issue.diagnostics or "Иван" in issue.diagnostics for issue in issues)


def test_issues_are_limited():
    assert len(check(observation(category=[{"text": ""}] * 200))) == 50


@pytest.mark.parametrize("resource", [{}, {"resourceType": "Wish"}, {"resourceType": 1}])
def test_an_unknown_type_is_an_issue(resource):
    assert check(resource)[0].code == "structure"


def test_a_data_type_is_no_resource():
    assert check({"resourceType": "HumanName", "text": "x"})[0].code == "not-supported"
    assert types() >= {"Patient", "Bundle", "OperationOutcome"}


def test_a_bundle_is_checked_with_its_entries():
    bundle = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            {
                "resource": observation(status="x"),
                "request": {"method": "POST", "url": "Observation"},
            }
        ],
    }
    assert check(bundle)[0].expression == ("Bundle.entry[0].resource.status",)


NOTED = {"extension": [{"url": "http://e.example", "valueCode": "unknown"}]}


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "meta": {"_profile": [NOTED]}},
        {"resourceType": "Patient",
         "meta": {"profile": [None, "http://p"], "_profile": [NOTED, None]}},
        {"resourceType": "ValueSet", "status": "active",
         "compose": {"include": [{"valueSet": ["http://v", None], "_valueSet": [None, NOTED]}]}},
        {"resourceType": "CodeSystem", "status": "active", "content": "complete",
         "_supplements": NOTED, "_valueSet": NOTED},
        {"resourceType": "ServiceRequest", "status": "active", "intent": "order",
         "subject": {"reference": "Patient/1"}, "_instantiatesCanonical": [NOTED]},
    ],
)  # fmt: skip
def test_a_canonical_may_have_extensions_as_every_primitive_may(resource):
    assert check(resource) == ()


@pytest.mark.parametrize("name", ["project", "account", "author", "compartment"])
def test_what_the_package_added_to_r4_is_unknown(name):
    (issue,) = check({"resourceType": "Patient", "meta": {name: {"reference": "Patient/1"}}})
    assert issue.code == "structure"
    service = {"resourceType": "HealthcareService", "offeredIn": [{"reference": "Location/1"}]}
    assert check(service) != ()

import pytest

from fhirbridge.fhir.path import elements, looked_into, names_in, nothing_at

OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "subject": {"reference": "Patient/1"},
    "effectiveDateTime": "2026-03-02",
    "valueQuantity": {"value": 1},
    "component": [
        {"code": {"text": "a"}, "valueString": "x"},
        {"code": {"text": "b"}},
        {"valueQuantity": {"value": 2}},
    ],
    "performer": [
        {"reference": "https://other.example/fhir/Practitioner/9/_history/3"},
        {"reference": "Organization/1"},
        {"type": "Practitioner", "identifier": {"value": "7"}},
        {"display": "no one"},
        "broken",
    ],
}
PATIENT = {"telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}, {}]}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("status", ["final"]),
        ("effective", ["2026-03-02"]),
        ("value", [{"value": 1}]),
        ("valueQuantity", [{"value": 1}]),
        ("valueString", []),
        ("component.code.text", ["a", "b"]),
        ("component.value", ["x", {"value": 2}]),
        ("missing", []),
        ("status.missing", []),
        ("subject|Type=Patient", [{"reference": "Patient/1"}]),
        ("subject|Type=Group", []),
        (
            "performer|Type=Practitioner",
            [OBSERVATION["performer"][0], OBSERVATION["performer"][2]],
        ),
        ("", [OBSERVATION]),
    ],
)
def test_a_path_finds_its_elements(path, found):
    assert list(elements(OBSERVATION, path)) == found


def test_a_filter_compares_a_member():
    assert [e["value"] for e in elements(PATIENT, "telecom|system=email")] == ["2"]


@pytest.mark.parametrize(
    ("patient", "deceased"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2020"}, True),
    ],
)
def test_exists_says_whether_the_element_affirms(patient, deceased):
    assert list(elements(patient, "deceased|exists")) == [deceased]


def test_null_padding_is_no_element():
    assert list(elements({"given": ["a", None]}, "given")) == ["a"]


def test_a_stem_finds_no_other_element_that_begins_alike():
    assert list(elements({"statusReason": "x", "statusHistory": []}, "status")) == []


@pytest.mark.parametrize(
    ("paths", "nothing"),
    [
        (("status",), False),
        (("category",), True),
        (("category", "status"), False),
        (("effective",), False),
        (("value.code",), True),
        (("deceased|exists",), False),
        (("subject|Type=Patient",), True),
        (("",), False),
        (("meta",), False),
        (("meta.tag",), False),
        (("meta.security.code",), True),
        (("meta.security", "meta"), False),
    ],
)
def test_what_is_plainly_not_there_is_known_without_looking(paths, nothing):
    resource = {
        "resourceType": "Observation",
        "meta": {"tag": [{"code": "x"}]},
        "status": "final",
        "effectiveDateTime": "2026",
    }
    assert nothing_at(names_in(resource), paths) is nothing
    assert nothing_at(names_in({"id": "x"}), paths) is nothing_at(frozenset({"id"}), paths)


def test_what_is_at_a_path_depends_on_the_element_that_it_begins_with():
    assert looked_into(("subject|Type=Patient", "code.coding")) >= {"subject", "code"}
    assert "effectivePeriod" in looked_into(("effective",))
    assert "effectivePeriod" not in looked_into(("code",))
    assert "deceasedBoolean" in looked_into(("deceased|exists",))
    assert looked_into(("",)) is None
    assert looked_into(("code", "")) is None

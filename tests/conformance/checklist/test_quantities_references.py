"""Section 6.3 of the checklist: quantities, composites and references, by their numbers."""

import pytest
from asking import LOINC, UCUM, clinic_of, coded, finds, measured, refusal, to

from fhirbridge.fhir.json import Literal

BASE = "https://clinic.example/fhir"
SYSTOLIC, DIASTOLIC = (LOINC, "8480-6"), (LOINC, "8462-4")


def amount(value, unit="mg", system=UCUM, **more):
    return {"value": Literal(value), "unit": unit, "system": system, "code": unit, **more}


def component(code, value):
    return {"code": coded(code), "valueQuantity": amount(value, "mm[Hg]")}


RESOURCES = (
    measured("mg", valueQuantity=amount("5.4")),
    measured("g", valueQuantity=amount("0.0054", "g")),
    measured("lab", valueQuantity=amount("5.4", "ед", "urn:lab")),
    measured("low", valueQuantity=amount("0.1", comparator="<")),
    measured("pressure", code=coded((LOINC, "85354-9")),
             component=[component(SYSTOLIC, "120"), component(DIASTOLIC, "80")]),
    measured("root", code=coded(SYSTOLIC), valueQuantity=amount("130", "mm[Hg]")),
    measured("relative", subject=to("Patient/23")),
    measured("absolute", subject=to(f"{BASE}/Patient/23")),
    measured("versioned", subject=to("Patient/23/_history/4")),
    measured("elsewhere", subject=to("https://other.example/fhir/Patient/23")),
    measured("group", subject=to("Group/23")),
    measured("device", subject=to("Device/7")),
    measured("named", subject={"identifier": {"system": "urn:snils", "value": "1"}}),
    measured("bare", subject={"identifier": {"value": "1"}}),
)  # fmt: skip


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with clinic_of(tmp_path_factory.mktemp("quantities"), *RESOURCES) as found:
        yield found


def values(clinic, text):
    return finds(clinic, f"Observation?value-quantity={text}".encode().decode("latin-1"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5.4||mg", "mg"), ("5.4||ед", "lab"), ("5.4", "lab mg"), (f"5.4|{UCUM}|mg", "g mg"),
        (f"0.0054|{UCUM}|g", "g mg"), (f"5400|{UCUM}|ug", "g mg"), (f"0.005|{UCUM}|g", "g mg"),
        (f"5.40|{UCUM}|mg", "g mg"), (f"0.0050|{UCUM}|g", ""), ("5.4|urn:lab|ед", "lab"),
        (f"gt5|{UCUM}|mg", "g mg"), (f"lt0.0054|{UCUM}|g", "low"), (f"5.4|{UCUM}|mmol", ""),
    ],
)  # fmt: skip
def test_item_031_units_are_ignored_named_or_converted(clinic, text, found):
    assert values(clinic, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("lt0.1", True), ("0.1", False), ("ge0.1", False), ("lt0.05", True), ("0.05", False)],
)
def test_item_032_a_comparator_opens_the_value(clinic, text, found):
    assert ("low" in values(clinic, f"{text}||mg").split()) is found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (f"{LOINC}|8480-6$gt110", "pressure"), (f"{LOINC}|8480-6$lt110", ""),
        (f"{LOINC}|8462-4$gt110", ""), ("8480-6$lt1,8462-4$80", "pressure"),
        (f"8480-6$16|{UCUM}|kPa", "pressure"),
    ],
)  # fmt: skip
def test_item_033_parts_of_a_composite_hold_within_one_element(clinic, value, found):
    assert finds(clinic, f"Observation?component-code-value-quantity={value}") == found


def test_item_033_composites_have_no_modifiers(clinic):
    for modifier in ("missing", "not"):
        path = f"Observation?component-code-value-quantity:{modifier}=true"
        assert refusal(clinic, path) == (400, "not-supported")


def test_item_034_combo_looks_at_root_and_components(clinic):
    assert finds(clinic, "Observation?combo-code-value-quantity=8480-6$gt110") == "pressure root"
    assert finds(clinic, "Observation?code-value-quantity=8480-6$gt110") == "root"
    assert finds(clinic, "Observation?combo-code=8480-6") == "pressure root"


@pytest.mark.parametrize(
    "text", ["Patient/23", f"{BASE}/Patient/23", "Patient/23/_history/1", "Patient/23/_history/4"]
)
def test_item_035_every_way_to_write_a_reference_is_one(clinic, text):
    assert finds(clinic, f"Observation?subject={text}") == "absolute relative versioned"
    assert finds(clinic, "Observation?patient=23") == "absolute relative versioned"


def test_item_035_a_reference_to_another_server_is_another(clinic):
    elsewhere = "Observation?subject=https://other.example/fhir/Patient/23"
    assert finds(clinic, elsewhere) == "elsewhere"


def test_item_036_an_id_that_several_types_have_needs_the_type(clinic):
    assert refusal(clinic, "Observation?subject=23") == (400, "invalid")
    assert finds(clinic, "Observation?subject=7") == "device"
    assert finds(clinic, "Observation?subject:Group=23") == "group"


def test_item_037_a_contradicted_type_finds_nothing_and_an_unknown_one_is_refused(clinic):
    assert finds(clinic, "Observation?subject:Group=Patient/23") == ""
    assert refusal(clinic, "Observation?subject:Foo=23") == (400, "not-supported")


def test_item_038_identifier_is_a_token_search(clinic):
    assert finds(clinic, "Observation?subject:identifier=urn:snils|1") == "named"
    assert finds(clinic, "Observation?subject:identifier=|1") == "bare"
    assert finds(clinic, "Observation?subject:identifier=1") == "bare named"
    assert refusal(clinic, "Observation?subject:identifier.name=x")[0] == 400


def test_item_039_patient_is_the_subject_that_is_one_by_its_reference_alone(clinic):
    assert finds(clinic, "Observation?patient:missing=false") == (
        "absolute elsewhere relative versioned"
    )
    assert finds(clinic, "Observation?patient=Group/23") == ""

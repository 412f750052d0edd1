import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.search.reference import Reference

SUBJECT = Reference("subject", targets=("Group", "Patient", "Location"))
PATIENT = Reference("patient", "subject|Type=Patient", targets=("Patient",))
BASED_ON = Reference("instantiates-canonical", "instantiatesCanonical")
ALL = [SUBJECT, PATIENT, BASED_ON]
OWN = "https://clinic.example/fhir"
FORMS = ["Patient/23", f"{OWN}/Patient/23", "Patient/23/_history/2", f"{OWN}/Patient/23/_history/5"]


def about(reference):
    return {"resourceType": "Observation", "id": "1", "subject": {"reference": reference}}


@pytest.mark.parametrize("searched", ["23", *FORMS])
@pytest.mark.parametrize("stored", FORMS)
@pytest.mark.parametrize("name", ["subject", "patient", "subject:Patient"])
def test_every_form_of_a_local_reference_finds_every_other(searched, stored, name):
    assert asked(about(stored), ALL, (name, searched))


@pytest.mark.parametrize(("type_", "there"), [("Patient", True), ("Group", False)])
def test_a_type_is_that_of_a_contained_target_too(type_, there):
    """https://hl7.org/fhir/R4/references.html#contained: `resolve()` looks inside as well."""
    inside = {"contained": [{"resourceType": type_, "id": "p"}]}
    missing = "false" if there else "true"
    assert asked({**about("#p"), **inside}, ALL, ("patient:missing", missing))
    assert not asked({**about("#q"), **inside}, ALL, ("patient:missing", "false"))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("subject", "https://other.example/fhir/Patient/23", True),
        ("subject", "Patient/23", False),
        ("subject", "23", False),
        ("patient", "23", False),
        ("patient", "https://other.example/fhir/Patient/23", True),
        ("subject:Patient", "23", False),
    ],
)
def test_a_reference_to_another_server_is_only_itself(name, text, expected):
    resource = about("https://other.example/fhir/Patient/23")
    assert asked(resource, ALL, (name, text)) is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("subject:Group", "23", False),
        ("subject:Group", "Patient/23", False),
        ("subject:Patient", "Patient/24", False),
        ("subject", "Group/23", False),
        ("patient", "Group/23", False),
        ("subject", "unknown", False),
        ("subject", "24,23", True),
        ("subject:missing", "false", True),
    ],
)
def test_a_type_narrows_and_a_contradiction_is_empty(name, text, expected):
    assert asked(about("Patient/23"), ALL, (name, text)) is expected


def test_a_type_that_does_not_exist_is_refused():
    with pytest.raises(NotSupported):
        asked(about("Patient/23"), ALL, ("subject:Foo", "23"))


def test_patient_is_subject_limited_to_patients():
    assert not asked(about("Group/23"), ALL, ("patient", "23"))
    assert asked(about("Group/23"), ALL, ("patient:missing", "true"))


def test_identifier_is_a_token_search_on_the_reference():
    resource = about("Patient/23")
    resource["subject"]["identifier"] = {"system": "urn:snils", "value": "X1"}
    assert asked(resource, ALL, ("subject:identifier", "urn:snils|x1"))
    assert asked(resource, ALL, ("subject:identifier", "x1"))
    assert not asked(resource, ALL, ("subject:identifier", "|x1"))
    assert not asked(resource, ALL, ("subject", "x1"))


def test_a_contained_target_is_not_missing_and_not_found_by_its_fragment():
    assert asked(about("#p"), ALL, ("subject:missing", "false"))
    with pytest.raises(Invalid):
        asked(about("#p"), ALL, ("subject", "#p"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://x.org/plan", True),
        ("http://x.org/plan\\|2", True),
        ("http://x.org/plan\\|3", False),
    ],
)
def test_a_canonical_is_found_with_or_without_its_version(text, expected):
    resource = {
        "resourceType": "ServiceRequest",
        "id": "1",
        "instantiatesCanonical": ["urn:first", "http://x.org/plan|2"],
    }
    assert asked(resource, ALL, ("instantiates-canonical", text)) is expected
    unescaped = text.replace("\\", "")
    assert asked(resource, ALL, ("instantiates-canonical", unescaped)) is expected


@pytest.mark.parametrize("text", ["Patient/", "a b", "Patient/1/2", "#p", "x" * 65, ""])
def test_a_malformed_reference_names_its_parameter(text):
    with pytest.raises(Invalid, match=r"^subject: "):
        SUBJECT.parse(text, None, CONTEXT)


@given(st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True))
def test_any_id_finds_its_patient(id_):
    assert asked(about(f"Patient/{id_}"), ALL, ("patient", id_))
    assert not asked(about(f"Patient/{id_}x"[:72]), ALL, ("patient", f"Group/{id_}"))

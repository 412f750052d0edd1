import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.reference import Target, target

BASE = "https://clinic.example/fhir"


@pytest.mark.parametrize(
    "text",
    [
        "Patient/1",
        "https://clinic.example/fhir/Patient/1",
        "http://clinic.example/fhir/Patient/1",
        "HTTPS://Clinic.Example:443/fhir/Patient/1",
    ],
)
def test_every_spelling_of_our_own_resource_is_the_same_target(text):
    assert target(text, BASE) == Target("Patient", "1")
    assert target(text, BASE + "/") == Target("Patient", "1")
    versioned = Target("Patient", "1", "2")
    assert target(text + "/_history/2", BASE) == versioned


@pytest.mark.parametrize(
    "text",
    [
        "https://other.example/fhir/Patient/1",
        "https://clinic.example/fhir.evil/Patient/1",
        "https://clinic.example:8443/fhir/Patient/1",
        "https://clinic.example/Patient/1",
        "https://user@clinic.example/fhir/Patient/1",
        "https://clinic.example/fhir//Patient/1",
        "https://clinic.example/fhir/Patient/1?x=1",
        "ftp://clinic.example/fhir/Patient/1",
        "https://[bad/fhir/Patient/1",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
        "#patient",
        "Patient?identifier=1",
        "patient/1",
        "Patient/1/2",
        "Patient/",
        "Patient/a b",
        "Patient/" + "1" * 65,
        "/Patient/1",
        "Patient/1\n",
        "",
    ],
)
def test_anything_else_is_elsewhere(text):
    assert target(text, BASE) == Target(url=text)


def test_without_a_base_no_absolute_url_is_ours():
    assert target(BASE + "/Patient/1", "").type_ is None
    assert target("Patient/1", "").type_ == "Patient"


@given(st.text())
def test_a_target_is_either_here_or_a_url_as_written(text):
    found = target(text, BASE)
    assert (found.type_ is None) == (found.id_ is None) == (found.url == text)

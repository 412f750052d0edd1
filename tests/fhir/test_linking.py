import pytest

from fhirbridge.fhir.linking import Place, conditional_references, finder, relinked

A = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9"
PLACES = {A: Place("Patient", "new", 3), "http://a.example/fhir/Patient/1": Place("Patient", "one")}


def observation(**elements):
    return {"resourceType": "Observation", **elements}


def linked(resource, full_url="urn:uuid:other"):
    return relinked(resource, finder(PLACES, full_url))


def test_a_reference_is_replaced():
    assert linked(observation(subject={"reference": A})) == observation(
        subject={"reference": "Patient/new"}
    )


@pytest.mark.parametrize(
    "text", [A.upper(), A.replace("urn:uuid", "URN:UUID"), A[:9] + A[9:].upper()]
)
def test_the_case_of_a_uuid_as_a_urn_means_nothing(text):
    """https://www.rfc-editor.org/rfc/rfc8141#section-3, https://www.rfc-editor.org/rfc/rfc9562."""
    found = linked(observation(subject={"reference": f"{text}/_history/1"}))
    assert found == observation(subject={"reference": "Patient/new/_history/3"})


def test_the_case_of_all_other_links_counts():
    given = observation(subject={"reference": "http://a.example/FHIR/Patient/1"})
    assert linked(given) == given


def test_a_versioned_reference_names_the_version_stored():
    assert linked(observation(subject={"reference": f"{A}/_history/7"})) == observation(
        subject={"reference": "Patient/new/_history/3"}
    )


def test_a_fragment_stays():
    assert linked(observation(subject={"reference": f"{A}#part"})) == observation(
        subject={"reference": "Patient/new#part"}
    )


@pytest.mark.parametrize(
    ("full_url", "there"),
    [
        ("http://a.example/fhir/Observation/2", "Patient/one"),
        ("http://b.example/fhir/Observation/2", "Patient/1"),
        ("urn:uuid:other", "Patient/1"),
    ],
)
def test_a_relative_reference_follows_the_root_of_its_entry(full_url, there):
    given = observation(subject={"reference": "Patient/1"})
    assert linked(given, full_url) == observation(subject={"reference": there})


def test_a_uuid_element_gets_the_new_id_where_that_is_one():
    new = "fd8d6ba0-7d0b-4b92-8d94-6d5bf3a3b9c1"
    given = observation(extension=[{"url": "http://x.example", "valueUuid": A}])
    assert linked(given) == given
    found = relinked(given, finder({A: Place("Patient", new)}, ""))
    assert found["extension"][0]["valueUuid"] == f"urn:uuid:{new}"


def test_uri_and_url_elements_are_replaced_and_a_canonical_and_a_string_are_not():
    given = observation(
        meta={"profile": [A], "source": A},
        identifier=[{"system": "urn:ietf:rfc:3986", "value": A}],
        extension=[
            {"url": "http://x.example", "valueUri": A},
            {"url": "http://x.example", "valueUrl": A},
            {"url": "http://x.example", "valueCanonical": A},
            {"url": "http://x.example", "valueString": A},
        ],
    )
    found = linked(given)
    assert [
        next(value for key, value in one.items() if key != "url") for one in found["extension"]
    ] == ["Patient/new", "Patient/new", A, A]
    assert found["meta"] == {"profile": [A], "source": "Patient/new"}
    assert found["identifier"] == given["identifier"]


def test_contained_resources_and_narratives_are_looked_into():
    given = observation(
        text={"status": "generated", "div": f"<div><a href=\"{A}\">x</a><img src='{A}'/>{A}</div>"},
        contained=[{"resourceType": "Specimen", "id": "s", "subject": {"reference": A}}],
    )
    found = linked(given)
    assert found["contained"][0]["subject"] == {"reference": "Patient/new"}
    assert found["text"]["div"] == (
        f"<div><a href=\"Patient/new\">x</a><img src='Patient/new'/>{A}</div>"
    )


def test_conditional_references_are_found_anywhere():
    given = observation(
        subject={"reference": "Patient?identifier=a|b"},
        contained=[{"performer": [{"reference": "Practitioner?name=x"}, {"reference": "#s"}]}],
    )
    assert list(conditional_references(given)) == ["Patient?identifier=a|b", "Practitioner?name=x"]

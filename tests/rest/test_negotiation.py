import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.errors import Invalid, NotAcceptable
from fhirbridge.rest.negotiation import accepts_json, pretty, quality_of

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+json",
        "application/fhir+json; fhirVersion=4.0",
        "Application/FHIR+JSON;charset=utf-8",
        "application/json",
        "text/json",
        "*/*",
        "*",
        "application/*",
        "application/fhir+xml, application/fhir+json;q=0.1",
        BROWSER,
    ],
)
def test_an_accept_header_that_allows_json_is_served(accept):
    assert accepts_json(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml",
        "text/html",
        "application/fhir+json;q=0",
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json;q=no",
        "text/*;q=0",
        "",
        ";;;,,,",
        "application/fhir+json," * 400,
    ],
)
def test_an_accept_header_without_json_is_not_served(accept):
    assert not accepts_json(accept)


def test_an_empty_accept_header_says_nothing():
    assert pretty("", ()) is False


def test_the_most_specific_range_decides():
    accept = "*/*, application/*;q=0.5, application/pdf;q=0"
    assert quality_of(accept, "application/pdf") == 0
    assert quality_of(accept, "application/json") == 0.5
    assert quality_of(accept, "image/png") == 1


@pytest.mark.parametrize(
    "text",
    [
        "json",
        "application/json",
        "application/fhir+json",
        "application/fhir json",  # an unescaped plus
        "application/fhir+json;fhirVersion=4.0",
        "text/json",
        "application/json+fhir",
    ],
)
def test_every_name_of_json_is_a_format(text):
    assert pretty("application/fhir+xml", (("_format", text),)) is False


@pytest.mark.parametrize(
    "text", ["xml", "application/fhir+xml", "text/xml", "ttl", ";", ",", "é", "json,x"]
)
def test_format_beats_accept_when_it_cannot_be_served(text):
    with pytest.raises(NotAcceptable):
        pretty("application/fhir+json", (("_format", text),))


def test_accept_counts_when_there_is_no_format():
    with pytest.raises(NotAcceptable):
        pretty("text/turtle", (("_format", ""),))
    assert pretty(None, ()) is False


def test_pretty_is_true_or_false_and_nothing_else():
    assert pretty(None, (("_pretty", "true"),)) is True
    assert pretty(None, (("_pretty", "false"),)) is False
    assert pretty(None, (("_pretty", ""),)) is False
    with pytest.raises(Invalid):
        pretty(None, (("_pretty", "yes"),))


@given(st.text())
def test_x011_no_accept_header_breaks_the_reading(accept):
    assert accepts_json(accept) in {True, False}
    assert 0 <= quality_of(accept, "application/pdf") <= 1

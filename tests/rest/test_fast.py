"""The fast path and Flask answer alike, byte for byte and header for header."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

PATHS = [
    "/fhir/Patient/A",
    "/fhir/Patient/B",
    "/fhir/Patient/none",
    "/fhir/Patient/A/",
    "/fhir/Patient/%41",
    "/fhir/Patient/not_an_id",
    "/fhir/Patient/A?_pretty=true",
    "/fhir/Patient/A?_format=json",
    "/fhir/Patient/A?_format=xml",
    "/fhir/Patient/A?junk=1",
    "/fhir/Patient/A?x=%FF",
    "/fhir/Patient?access_token=x",
    "/fhir/Observation/a1",
    "/fhir/Observation/b1",
    "/fhir/Observation/withheld",
    "/fhir/Observation/gone-a",
    "/fhir/Observation/gone-b",
    "/fhir/Observation/a1/_history/1",
    "/fhir/Slot/nine",
    "/fhir/Binary/pdf",
    "/fhir/Binary",
    "/fhir/Practitioner",
    "/fhir/Practitioner/doctor",
    "/fhir/Slot?start=2026-11-25",
    "/fhir/Observation",
    "/fhir/Observation/",
    "/fhir/Observation?patient=A&_sort=-date&_count=2",
    "/fhir/Observation?patient=A&code=http://loinc.org|718-7&_sort=-date",
    "/fhir/Observation?patient=B",
    "/fhir/Observation?date=ge2026-11-03&_total=accurate",
    "/fhir/Observation?date=never",
    "/fhir/Observation?junk=1",
    "/fhir/Observation?_count=0",
    "/fhir/Observation?_page=forged",
    "/fhir/Observation?_summary=count&_pretty=true",
    "/fhir/Patient?name=%D0%98%D0%B2%D0%B0%D0%BD",
    "/fhir/Patient?name=" + "x" * 20_000,
    "/fhir/AuditEvent",
    "/fhir/Nothing",
    "/fhir/Nothing/1",
    "/fhir/patient/A",
    "/fhir/metadata",
    "/fhir",
    "/fhir/",
    "/",
    "/fhir//Patient/A",
    "/health/live",
]
HEADERS = [
    {},
    {"accept": "application/fhir+json"},
    {"accept": "application/fhir+xml"},
    {"accept": "text/html,*/*;q=0.1", "accept_language": "ru", "user_agent": "browser"},
    {"if_none_match": 'W/"1"'},
    {"if_none_match": "*"},
    {"if_modified_since": "Tue, 24 Nov 2026 12:00:00 GMT"},
    {"prefer": "handling=lenient"},
    {"x_request_id": "n-1", "origin": "https://app.example"},
    {"host": "bad host"},
    {"content_length": "0"},
    {"content_length": "x"},
    {"content_type": "application/json"},
]
TOKENS = ["system", "patient", "other", "reader", "narrow", "lost", "expired", "forged", None]


def both(clinic, path, method="GET", token="system", headers=None):  # noqa: S107
    ways = [clinic, replace(clinic, app=clinic.app.behind)]
    return [way.ask(path, method, token=token, **(headers or {})) for way in ways]


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_answered_alike_for_every_caller(clinic, path):
    for token in TOKENS:
        fast, flask = both(clinic, path, token=token)
        assert fast == flask


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_every_header_counts_alike(clinic, headers):
    for path in PATHS:
        fast, flask = both(clinic, path, headers=headers)
        assert fast == flask


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "get"])
def test_every_method_is_answered_alike(clinic, method):
    # A patient's token changes nothing, so that every path is asked of the same clinic.
    token = "patient" if method in {"POST", "PUT", "DELETE"} else "system"
    for path in PATHS:
        fast, flask = both(clinic, path, method, token)
        assert fast == flask


@given(
    path=st.sampled_from(PATHS) | st.text(max_size=30).map(lambda text: "/fhir/" + text),
    token=st.sampled_from(TOKENS),
    headers=st.dictionaries(
        st.sampled_from(["accept", "prefer", "if_none_match", "if_modified_since", "range"]),
        st.text(st.characters(max_codepoint=255), max_size=20),
    ),
)
def test_nothing_tells_the_two_ways_apart(clinic, path, token, headers):
    path = path.encode().decode("latin-1") if not path.isascii() else path
    fast, flask = both(clinic, path, token=token, headers=headers)
    assert fast == flask
    assert fast.status < 500


def test_a_plain_read_and_search_do_not_reach_flask(clinic):
    def behind(environ, start_response):
        raise AssertionError("this was plain")

    app = type(clinic.app)(clinic.server, behind)
    for path in [
        "/fhir/Patient/A",
        "/fhir/Observation?patient=A&_sort=-date",
        "/fhir/Patient/none",
    ]:
        assert replace(clinic, app=app).ask(path).status in {200, 404}

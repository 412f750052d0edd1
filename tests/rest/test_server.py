"""The base URL, and how fresh a directory answer is."""

from dataclasses import replace

import pytest

from fhirbridge.app import application
from fhirbridge.rest.exchange import FhirRequest


def unset(clinic, **changes):
    server = replace(clinic.server, **{"base_url": "", **changes})
    return replace(clinic, app=application(server), server=server)


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("here.example", "https://here.example/fhir"),
        ("here.example:8443", "https://here.example:8443/fhir"),
        ("10.0.0.1", "https://10.0.0.1/fhir"),
        ("[::1]:8000", "https://[::1]:8000/fhir"),
        ("clinic_1", "https://clinic_1/fhir"),
    ],
)
def test_the_base_follows_the_host_when_none_is_set(clinic, host, base):
    bundle = unset(clinic).ask("/fhir/Patient?_id=A", host=host).json
    assert bundle["entry"][0]["fullUrl"] == f"{base}/Patient/A"
    assert bundle["link"][0]["url"].startswith(f"{base}/Patient?")
    assert unset(clinic).ask("/fhir/metadata", host=host).json["implementation"]["url"] == base


@pytest.mark.parametrize(
    "host", ['a"b', "a b", "a/b", "\xff", "user@a", "a:b", "[x]", "a\\b", "a?b"]
)
def test_a_hostile_host_is_refused(clinic, host):
    answer = unset(clinic).ask("/fhir/Patient", host=host)
    assert answer.status == 400
    assert answer.outcome == "invalid"


def test_a_host_does_not_matter_when_the_base_is_set(clinic):
    bundle = clinic.ask("/fhir/Patient?_id=A", host="evil.example").json
    assert bundle["entry"][0]["fullUrl"] == "https://clinic.example/fhir/Patient/A"


def test_a_mount_point_is_part_of_the_base(clinic):
    server = unset(clinic).server
    request = FhirRequest("GET", origin="https://here.example", mount="/api/v1")
    assert server.base(request) == "https://here.example/api/v1/fhir"


def test_a_search_for_slots_says_when_the_schedules_were_read(clinic):
    fresh = unset(clinic, read_at=lambda type_: 1_795_518_000_000_000)
    assert fresh.ask("/fhir/Slot")["X-Sources-Read-At"] == "2026-11-24T11:00:00Z"
    assert "X-Sources-Read-At" in fresh.ask("/fhir/Slot")["Access-Control-Expose-Headers"]
    assert fresh.ask("/fhir/Patient")["X-Sources-Read-At"] is None
    ready = fresh.ask("/health/ready", token=None).json
    assert ready["sourcesReadAt"] == {"Slot": "2026-11-24T11:00:00Z"}
    assert clinic.ask("/fhir/Slot")["X-Sources-Read-At"] is None

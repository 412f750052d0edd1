import pytest
from croniter import croniter
from talking_source import shipped

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.sources.profile import Profile

SMALL = """
source: lab
title: Lab
version: 1
base_url: env:LAB_URL
time_zone: Europe/Moscow
organisation: {key: lab, name: Lab}
streams:
  orders: {request: {path: /orders}, key: [id]}
"""
LOOKUP = "{stream: none, field: f, contains: c}"
WITH_LOOKUP = f"operations: {{o: {{request: {{path: /o}}, lookup: {LOOKUP}}}}}\n"


@pytest.mark.parametrize("name", ["onec", "qlab"])
def test_a_shipped_profile_is_read_and_its_timetable_is_made_of_cron_lines(name):
    profile = shipped(name)
    assert profile.source == name
    assert profile.refresh
    assert all(croniter.is_valid(refresh.cron) for refresh in profile.refresh)
    assert profile.organisation["name"]


def test_the_names_of_secrets_are_told_and_their_values_are_not_in_the_file():
    assert shipped("onec").secret_names() == (
        "FHIRBRIDGE_ONEC_URL",
        "FHIRBRIDGE_ONEC_USER",
        "FHIRBRIDGE_ONEC_PASSWORD",
    )


def test_an_address_can_be_given_elsewhere_and_then_is_no_secret():
    profile = shipped("qlab").at("http://127.0.0.1:1/v2")
    assert profile.base_url == "http://127.0.0.1:1/v2"
    assert profile.secret_names() == ("FHIRBRIDGE_QLAB_KEY",)
    assert profile.at(None) is profile


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("title: Lab", "titel: Lab"), "title"),
        (("Europe/Moscow", "Europe/Nowhere"), "time_zone"),
        (("key: [id]", "key: [id], record: document"), "streams.orders.expect"),
        (("key: [id]", "key: [id], parameters: {x: nothing.id}"), "streams.orders.parameters.x"),
        (("key: [id]", "key: [id], absent: [{error: unheard}]"), "streams.orders.absent.0.error"),
        (("key: [id]", "key: [id"), "line"),
        (
            ("streams:", "refresh: [{name: a, stream: none, cron: '* * * * *'}]\nstreams:"),
            "refresh.0.stream",
        ),
        (
            ("streams:", f"{WITH_LOOKUP}streams:"),
            "operations.o.lookup.stream",
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_file_and_field(change, place):
    with pytest.raises(ConfigurationError) as error:
        Profile.parse(SMALL.replace(*change), "mappings/lab/source.yaml")
    assert str(error.value).startswith(f"mappings/lab/source.yaml: {place}")
    assert "\n" not in str(error.value)


def test_the_smallest_profile_is_enough():
    assert Profile.parse(SMALL).streams["orders"].list_at == ("$",)

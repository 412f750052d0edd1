"""Searching hierarchies of places and organizations by `:above` and `:below`.

https://hl7.org/fhir/R4/search.html#recursive
"""

import pytest
from rest_clinic import an_empty_clinic, resource

from fhirbridge.store import kinship


def place(id_, above=None):
    part_of = {"partOf": {"reference": f"Location/{above}"}} if above else {}
    return resource("Location", id_, name=id_, **part_of)


def slots_of(id_):
    schedule = resource("Schedule", id_, actor=[{"reference": f"Location/{id_}"}])
    times = {"start": "2026-11-25T10:00:00Z", "end": "2026-11-25T11:00:00Z"}
    slot = resource("Slot", id_, schedule={"reference": f"Schedule/{id_}"}, status="free", **times)
    return schedule, slot


def organization(id_, above):
    return resource("Organization", id_, name=id_, partOf={"reference": f"Organization/{above}"})


RESOURCES = [
    place("site"),
    place("house", "site"),
    place("floor", "house"),
    place("room", "floor"),
    place("other"),
    place("orphan", "missing"),
    *slots_of("house"),
    *slots_of("room"),
    *slots_of("other"),
    # A circle: what is above is below as well.
    organization("one", "two"),
    organization("two", "three"),
    organization("three", "one"),
    resource("Patient", "P", managingOrganization={"reference": "Organization/two"}),
    resource(
        "Observation",
        "o",
        status="final",
        code={"text": "x"},
        subject={"reference": "Location/room"},
    ),
]


@pytest.fixture
def clinic(database_url):
    clinic = an_empty_clinic(database_url)
    clinic.server.store.run(
        lambda tx: tx.put_all([(one, None) for one in RESOURCES], now=clinic.clock())
    )
    yield clinic
    clinic.server.store.close()


def test_what_is_above_or_below_is_found_however_far(clinic):
    for query, ids in [
        ("Location?partof=house", "floor"),
        ("Location?partof:below=house", "floor room"),
        ("Location?partof:below=site", "floor house room"),
        ("Location?partof:below=room", ""),
        ("Location?partof:below=missing", "orphan"),
        ("Location?partof:below=Location/floor,other", "room"),
        ("Location?partof:above=floor", "floor house room"),
        ("Location?partof:above=room&name=flo", "floor"),
        ("Schedule?actor:below=Location/house", "house room"),
        ("Schedule?actor:below=site", "house room"),
        ("Schedule?actor:above=room", "house room"),
        ("Schedule?actor:below=nowhere", ""),
        ("Slot?schedule.actor:below=site", "house room"),
        ("Location?_has:Schedule:actor:actor:below=floor", "room"),
        ("Organization?partof:below=one", "one three two"),
        ("Patient?organization:below=one", "P"),
        ("Patient?organization:above=Organization/three", "P"),
        ("Observation?subject:below=site", "o"),
    ]:
        answer = clinic.ask(f"/fhir/{query}")
        assert (answer.status, " ".join(sorted(answer.ids))) == (200, ids), query
        assert query.partition("?")[2].replace(":", "") in answer.link("self").replace(":", "")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("Schedule?actor:below=Practitioner/1", 400),
        ("Location?partof:below=https://other.example/fhir/Location/1", 400),
        ("Location?partof:below=!", 400),
        ("Location?partof:beside=site", 400),
        ("Slot?schedule:below=1", 400),
        ("Slot?schedule.schedule:below=1", 400),
    ],
)
def test_what_has_no_hierarchy_is_refused(clinic, query, status):
    assert clinic.ask(f"/fhir/{query}").status == status


def test_patients_search_places_too(clinic):
    answer = clinic.ask("/fhir/Location?partof:below=site", token="patient")
    assert sorted(answer.ids) == ["floor", "house", "room"]


def test_more_than_can_be_looked_up_is_refused(clinic, monkeypatch):
    monkeypatch.setattr(kinship, "MOST_KIN", 2)
    answer = clinic.ask("/fhir/Location?partof:below=site")
    assert (answer.status, answer.outcome) == (422, "too-costly")

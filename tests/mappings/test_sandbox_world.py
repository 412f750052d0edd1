"""A whole toy clinic and laboratory goes through the mappings: nothing lost, all of it valid R4."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from mapping_samples import context, shipped

from fhirbridge.fhir import json
from fhirbridge.fhir.models import typed_check
from fhirbridge.fhir.schema import check
from fhirbridge.sandbox import onec_pages, qlab_pages, results
from fhirbridge.sandbox.clock import Clock
from fhirbridge.sandbox.world import Size, World

ZONE = ZoneInfo("Europe/Moscow")
NOON = datetime.fromisoformat("2026-11-24T12:00")


@pytest.fixture(scope="module")
def world():
    size = Size(doctors=5, days=4, patients=20, orders=40)
    return World(seed=3, size=size, clock=Clock(ZONE, NOON))


def who(row):
    """Nobody is found where the record names nobody."""
    return {} if row["patient"] else {"patient": None}


def of_the_clinic(world):
    """Every record of 1C with its stream and what goes with it."""
    now, today = world.clock.now(), world.clock.now().date()
    yield from (("doctors", row, {}) for row in onec_pages.doctors(world))
    for one in world.doctors.values():
        for when in (today, today + timedelta(days=1), today + timedelta(days=2)):
            page = onec_pages.schedule(one, world.book.day(one, when, now))
            parameters = {"doctor": one.guid, "date": when.isoformat()}
            yield "schedule", {"slots": page.pop("List"), **page}, {"parameters": parameters}
    week = timedelta(days=7)
    for row in onec_pages.appointments(world, world.book.between(today - week, today + week, now)):
        yield "appointments", row, who(row)
    yield "organization", dict(shipped("onec").organization), {}


def of_the_laboratory(world):
    """Every record of the laboratory with its stream and what goes with it."""
    now = world.clock.now()
    for order in world.orders(world.first_day, now.date()):
        row = qlab_pages.order_row(world, order)
        yield "orders", row, who(row)
        answer = {"order_id": order.id, "status": order.status(now), "pdf": False}
        answer["results"] = results.results(order, now)
        yield "results", answer, {"related": {"order": row}, **who(row)}
    yield "organization", dict(shipped("qlab").organization), {}


@pytest.fixture(scope="module")
def mapped(world):
    found = []
    for source, records in (("onec", of_the_clinic(world)), ("qlab", of_the_laboratory(world))):
        for stream, record, more in records:
            around = context(source, **more)
            found.append((stream, record, shipped(source).map(stream, record, around), around))
    return found


def test_what_comes_in_is_what_is_accounted_for(mapped):
    lists = {"orders": ("tests", "samples"), "results": ("results",), "schedule": ("slots",)}
    for stream, record, outcome, _ in mapped:
        expected = {"."}
        for name in lists.get(stream, ()):
            expected |= {f"{name}/{at}" for at in range(len(record[name]))}
        assert set(outcome.account) == expected


def test_every_fate_has_its_entry(mapped):
    for _, _, outcome, _ in mapped:
        keys = {one.item_key for one in outcome.quarantined}
        lost = {key for key, fate in outcome.account.items() if fate == "quarantined"}
        assert keys in (lost, {"."})
        ignored = {one.item_key for one in outcome.ignored}
        assert ignored == {key for key, fate in outcome.account.items() if fate == "ignored"}


def test_every_resource_is_valid_r4_by_schema_and_by_model(mapped):
    for _, _, outcome, _ in mapped:
        for one in outcome.resources:
            assert check(one.resource) == ()
            assert typed_check(one.resource) == ()


def test_no_field_of_the_sandbox_is_unknown(mapped):
    unknown = [
        n.text for *_, outcome, _ in mapped for n in outcome.issues if n.code == "unknown-field"
    ]
    assert unknown == []


def test_the_same_record_gives_the_same_bytes(mapped):
    for stream, record, outcome, around in mapped[:40]:
        again = shipped(around.source).map(stream, record, around)
        assert [json.dump(one.resource) for one in again.resources] == [
            json.dump(one.resource) for one in outcome.resources
        ]


def test_two_records_never_make_one_resource_differently(mapped):
    """Otherwise every synchronisation would write it twice. Who a patient is, is not told here."""
    seen = {}
    for _, _, outcome, _ in mapped:
        for one in outcome.resources:
            if one.resource["resourceType"] != "Patient":
                key = one.resource["resourceType"], one.resource["id"]
                assert seen.setdefault(key, one.resource) == one.resource


def test_most_results_have_a_loinc_code_and_a_time(mapped):
    found = Counter()
    for _, _, outcome, _ in mapped:
        for one in outcome.resources:
            if one.resource["resourceType"] == "Observation" and one.map_row:
                systems = {coding["system"] for coding in one.resource["code"]["coding"]}
                found["all"] += 1
                found["loinc"] += "http://loinc.org" in systems
    assert found["loinc"] > 0.9 * found["all"] > 100


def test_references_lead_to_what_the_same_sources_make(mapped):
    made, wanted = set(), set()
    for _, _, outcome, _ in mapped:
        for one in outcome.resources:
            made.add(f"{one.resource['resourceType']}/{one.resource['id']}")
            wanted |= set(references(one.resource))
    lost = {one.partition("/")[0] for one in wanted - made}
    assert lost <= {"Slot"}  # of days that were not read


def references(value):
    if isinstance(value, dict):
        if isinstance(found := value.get("reference"), str):
            yield found
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)

"""The timetable: JSON on the wire, the clinic's wall clock in the fields."""

import json
import time
import zlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rq.queue import Queue
from rq.serializers import JSONSerializer

from fhirbridge.sync.timetable import ClinicScheduler, Entry, next_time

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def attend(row: str) -> str:
    return row


@pytest.fixture(params=["UTC", "Asia/Vladivostok", "America/Los_Angeles"])
def process_zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_cron_fields_are_the_clinics_time_whatever_the_process_believes(process_zone):
    assert next_time("15 2 * * *", at("2026-11-24T20:00"), MOSCOW) == at("2026-11-24T23:15")


def test_the_scheduler_plans_in_the_clinics_time(process_zone, redis):
    scheduler = ClinicScheduler(
        redis, [Entry("nightly", attend, "directory", "15 2 * * *", MOSCOW)]
    )
    planned = scheduler.get_jobs()[0].next_enqueue_time
    assert planned.astimezone(MOSCOW).strftime("%H:%M") == "02:15"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-03-28T12:00", "2026-03-29T01:30"),  # 02:30 does not exist that night
        ("2026-10-24T12:00", "2026-10-25T00:30"),  # 02:30 comes twice: the first one
        ("2026-10-25T00:30", "2026-10-26T01:30"),  # and not again an hour later
    ],
)
def test_a_clock_change_neither_skips_nor_doubles_a_night(after, expected):
    assert next_time("30 2 * * *", at(after), BERLIN) == at(expected)


def test_what_is_due_is_enqueued_as_json(redis):
    scheduler = ClinicScheduler(redis, [Entry("often", attend, "orders", 60, MOSCOW, ("7",))])
    assert [job.name for job in scheduler.enqueue_jobs()] == ["often"]
    job = Queue("orders", connection=redis, serializer=JSONSerializer).jobs[0]
    stored = zlib.decompress(redis.hget(job.key, "data"))
    assert json.loads(stored) == [f"{__name__}.attend", None, ["7"], {}]


def test_an_interval_waits_for_its_time(redis):
    scheduler = ClinicScheduler(redis, [Entry("often", attend, "orders", 60, MOSCOW)])
    assert len(scheduler.enqueue_jobs()) == 1
    assert scheduler.enqueue_jobs() == []

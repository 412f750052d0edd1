from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.instant import date_range, from_instant, system_clock, to_instant

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000_000


def us(*parts):
    return (datetime(*parts, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", us(2025, 12, 31, 21), us(2026, 12, 31, 21)),
        ("2024-02", us(2024, 1, 31, 21), us(2024, 2, 29, 21)),
        ("2026-12", us(2026, 11, 30, 21), us(2026, 12, 31, 21)),
        ("2026-03-02", us(2026, 3, 1, 21), us(2026, 3, 2, 21)),
        ("2026-03-02T10:00", us(2026, 3, 2, 7), us(2026, 3, 2, 7, 1)),
        ("2026-03-02T10:00Z", us(2026, 3, 2, 10), us(2026, 3, 2, 10, 1)),
        ("2026-03-02T10:00:05", us(2026, 3, 2, 7, 0, 5), us(2026, 3, 2, 7, 0, 6)),
        (
            "2026-03-02T10:00:05.25-05:30",
            us(2026, 3, 2, 15, 30, 5, 250_000),
            us(2026, 3, 2, 15, 30, 5, 260_000),
        ),
        (
            "2026-03-02T10:00:05.123456789Z",
            us(2026, 3, 2, 10, 0, 5, 123_456),
            us(2026, 3, 2, 10, 0, 5, 123_457),
        ),
        ("2016-12-31T23:59:60Z", us(2017, 1, 1), us(2017, 1, 1, 0, 0, 1)),
    ],
)
def test_a_date_covers_its_precision_in_the_zone_of_the_clinic(text, low, high):
    assert date_range(text, MOSCOW) == (low, high)


def test_a_day_of_a_clock_change_has_23_or_25_hours():
    low, high = date_range("2026-03-29", BERLIN)
    assert high - low == 23 * HOUR
    low, high = date_range("2026-10-25", BERLIN)
    assert high - low == 25 * HOUR


def test_the_ends_of_the_calendar_have_ranges_too():
    low, high = date_range("9999", MOSCOW)
    assert high - low == 365 * 24 * HOUR
    low, high = date_range("9999-12-31", UTC)
    assert high - low == 24 * HOUR
    low, high = date_range("0001", MOSCOW)
    assert low < high


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-13",
        "2026-02-31",
        "2025-02-29",
        "2026-03-02T10",
        "2026-03-02T24:00",
        "2026-03-02T10:00:00+25:00",
        "2026-03-02 10:00",
        "2026-3-2",
        "0000",
        "2026-03-02T10:00:00.Z",
        "２０２６",
        "2026-03-02\n",
    ],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(Invalid):
        date_range(text, MOSCOW)


@given(st.integers(us(1, 1, 1), us(9999, 12, 31)))
def test_an_instant_reads_back_to_the_microsecond(moment):
    assert from_instant(to_instant(moment)) == moment


@given(st.dates(), st.sampled_from([UTC, MOSCOW, BERLIN]))
def test_a_day_begins_where_the_day_before_ends(day, zone):
    if day.toordinal() == 1:
        return
    before = date_range((day - timedelta(days=1)).isoformat(), zone)
    assert before[1] == date_range(day.isoformat(), zone)[0]


def test_an_instant_has_a_fraction_only_when_it_needs_one():
    assert to_instant(us(2026, 3, 2, 10)) == "2026-03-02T10:00:00Z"
    assert to_instant(us(2026, 3, 2, 10, 0, 0, 120_000)) == "2026-03-02T10:00:00.12Z"
    assert to_instant(us(1969, 12, 31, 23, 59, 59, 1)) == "1969-12-31T23:59:59.000001Z"


@pytest.mark.parametrize("text", ["2026-03-02", "2026-03-02T10:00Z", "2026-03-02T10:00:00"])
def test_an_instant_needs_seconds_and_zone(text):
    with pytest.raises(Invalid):
        from_instant(text)


def test_the_system_clock_counts_microseconds():
    assert abs(system_clock() - datetime.now(UTC).timestamp() * 1_000_000) < 5_000_000

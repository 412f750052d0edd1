from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.date import Date
from fhirbridge.search.prefix import date_holds
from fhirbridge.search.values import DateRow, DateValue, Prefix

DATE = Date("date", "effective")
SLOT = Date("start")


def observation(**effective):
    return {"resourceType": "Observation", "id": "1", **effective}


def on(moment):
    return observation(effectiveDateTime=moment)


def during(**period):
    return observation(effectivePeriod=period)


CASES = [
    # 1: eq means that the search range contains the target
    ("2013-01-14", on("2013-01-14"), True),
    ("2013-01-14", on("2013-01-14T10:00:00+03:00"), True),
    ("2013-01", on("2013-01-14"), True),
    ("2013-01-14T10:00", on("2013-01-14"), False),
    ("2013-01-14", during(start="2013-01-14", end="2013-01-15"), False),
    ("2013-01-14", during(start="2013-01-14T08:00:00+03:00", end="2013-01-14"), True),
    # 2: ne is its complement over resources that have a value
    ("ne2013-01-14", during(start="2013-01-14", end="2013-01-15"), True),
    ("ne2013-01-14", on("2013-01-14"), False),
    ("ne2013-01-14", observation(), False),
    # 3: an open end lies beyond everything
    ("ge2013-03-14", during(start="2013-01-01"), True),
    ("gt2213-03-14", during(start="2013-01-01"), True),
    ("le1013-03-14", during(end="2013-01-01"), True),
    ("sa2013-03-14", during(end="2014-01-01"), False),
    # 4: sa and eb need the whole target beyond
    ("sa2013-01-14", during(start="2013-01-14", end="2013-01-20"), False),
    ("sa2013-01-14", during(start="2013-01-15", end="2013-01-20"), True),
    ("eb2013-01-14", during(start="2013-01-10", end="2013-01-14"), False),
    ("eb2013-01-14", during(start="2013-01-10", end="2013-01-13"), True),
    ("gt2013-01-14", during(start="2013-01-14", end="2013-01-20"), True),
    ("lt2013-01-14", during(start="2013-01-10", end="2013-01-14"), True),
    # 5: a date is a range
    ("lt2013-01-14T10:00", on("2013-01-14"), True),
    ("gt2013-01-14T10:00", on("2013-01-14"), True),
    ("gt2013-01-14", on("2013-01-14"), False),
    ("ge2013-01-14", on("2013-01-14"), True),
    ("le2013-01-14", on("2013-01-14"), True),
    # 6: the upper bound is exclusive
    ("2013-01-14", on("2013-01-15T00:00:00+03:00"), False),
    ("2013-01-15", on("2013-01-15T00:00:00+03:00"), True),
    # 7: without a zone the clinic's counts, on both sides
    ("2026-03-02", on("2026-03-01T21:00:00Z"), True),
    ("2026-03-02", on("2026-03-02T21:00:00Z"), False),
    ("2026-03-02T10:00", on("2026-03-02T07:00:30Z"), True),
    # 8: seconds are optional, a plus may have become a space
    ("2026-03-02T10:00 03:00", on("2026-03-02T07:00:00Z"), True),
    ("2026-03-02T10:00:00.5+03:00", on("2026-03-02T07:00:00.512Z"), True),
    # 16: a Timing by its outer limits
    ("2026-03", observation(effectiveTiming={"event": ["2026-03-01", "2026-03-09"]}), True),
    ("2026-03-01", observation(effectiveTiming={"event": ["2026-03-01", "2026-03-09"]}), False),
    (
        "2026-03",
        observation(effectiveTiming={"repeat": {"boundsPeriod": {"start": "2026-03-01"}}}),
        False,
    ),
    ("2026-03", observation(effectiveTiming={"repeat": {"count": 2}}), False),
]


@pytest.mark.parametrize(("text", "resource", "expected"), CASES)
def test_a_date_search_compares_ranges(text, resource, expected):
    assert asked(resource, [DATE], ("date", text)) is expected


def test_a_day_is_the_local_day_of_the_clinic():
    slot = {"resourceType": "Slot", "id": "1", "start": "2026-03-02T00:30:00+03:00"}
    assert asked(slot, [SLOT], ("start", "2026-03-02"))
    assert not asked(slot, [SLOT], ("start", "2026-03-01"))


def test_an_approximate_date_widens_by_a_tenth_of_its_distance_from_now():
    now = datetime(2026, 3, 11, tzinfo=UTC)
    context = replace(CONTEXT, now=int(now.timestamp()) * 1_000_000)
    value = DATE.parse("ap2026-03-01T00:00:00Z", None, context)
    ten_days = 10 * 24 * 3600 * 1_000_000
    assert value.high - value.low == pytest.approx(2 * ten_days // 10 + 1_000_000, abs=1_000_000)
    exact = DATE.parse("ap2026-03-11T00:00:00Z", None, context)
    assert exact.high - exact.low == 1_000_000


def test_an_instant_is_a_point_even_when_its_digits_are_few():
    updated = Date("_lastUpdated", "meta.lastUpdated", instant=True)
    resource = {"meta": {"lastUpdated": "2026-11-24T11:00:00.12Z"}}
    (row,) = updated.rows(resource, CONTEXT)
    assert row.high - row.low == 1


def test_sub_second_digits_survive():
    one, other = (
        DATE.parse(f"2026-11-24T11:00:00.{digits}Z", None, CONTEXT)
        for digits in ("123456", "123457")
    )
    assert other.low - one.low == 1


def test_a_period_without_ends_is_no_value():
    assert list(DATE.rows(during(), CONTEXT)) == []


@pytest.mark.parametrize(
    "text",
    ["", "ge", "2013-13-01", "2013-02-30", "13-01-01", "2013-01-14T10", "yesterday", "xx2013",
     "2013-01-14T10:00:00+99:00", "2013-01-14T25:00", "٢٠١٣"],
)  # fmt: skip
def test_a_malformed_date_names_its_parameter(text):
    with pytest.raises(Invalid, match=r"^date: "):
        DATE.parse(text, None, CONTEXT)


RANGES = st.tuples(st.integers(-5, 5), st.integers(1, 5)).map(lambda p: (p[0], p[0] + p[1]))


@given(RANGES, RANGES)
def test_the_prefixes_obey_their_laws(searched, stored):
    holds = {p: date_holds(DateValue(p, *searched), DateRow(*stored)) for p in Prefix}
    assert holds[Prefix.NE] is not holds[Prefix.EQ]
    assert holds[Prefix.GE] is (holds[Prefix.GT] or holds[Prefix.EQ])
    assert holds[Prefix.LE] is (holds[Prefix.LT] or holds[Prefix.EQ])
    assert not holds[Prefix.SA] or holds[Prefix.GT]
    assert not holds[Prefix.EB] or holds[Prefix.LT]
    assert holds[Prefix.AP] is not (holds[Prefix.SA] or holds[Prefix.EB])
    assert holds[Prefix.EQ] or holds[Prefix.GT] or holds[Prefix.LT]


MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - zone-less on purpose


@given(MOMENTS)
def test_what_is_stored_equals_itself_at_every_precision(moment):
    texts = [moment.strftime("%Y-%m-%d")[:size].zfill(size) for size in (4, 7, 10)]
    texts += [moment.strftime("%Y-%m-%dT%H:%M:%S") + zone for zone in ("Z", "+03:00", "")]
    for text in texts:
        assert asked(on(text), [DATE], ("date", text))
        assert not asked(on(text), [DATE], ("date", f"gt{text}"))
        assert not asked(on(text), [DATE], ("date", f"lt{text}"))

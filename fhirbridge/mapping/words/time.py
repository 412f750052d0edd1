"""Words for dates and times: 1C has no zone, keeps times in year 0001, 0001-01-01 means none.

https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from fhirbridge.mapping.errors import Refused
from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Noted, Options, Surroundings

CLOCK = r"(?:[T ]?(?P<H>\d{1,2}):?(?P<M>\d\d)(?::?(?P<S>\d\d)(?:[.,]\d+)?)?)?"
SHAPES = tuple(
    re.compile(day + CLOCK + r"(?P<zone>Z|[+-]\d\d:?\d\d)?")
    for day in (
        r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)",
        r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4})",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
    )
)
SHORT_YEAR = re.compile(r"(\d\d?\.\d\d?\.)(\d\d)")
ALONE = re.compile(r"(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d))?")
EVENING = time(20)
NOBODY_BORN = frozenset({date(1, 1, 1), date(1900, 1, 1), date(1753, 1, 1)})


def parsed(value: Any) -> datetime | None:
    """Return the date and time written in any of the known spellings; None for none or 0001."""
    found = _moment(text(value) or "")
    return None if found is None or found.year == 1 else found


def clock(value: Any) -> time | None:
    """Return the time of day in `9:15`, `08:30:00` or any date and time, year 0001 included."""
    written = text(value) or ""
    alone = ALONE.fullmatch(written)
    found = _time(alone.groupdict()) if alone else None
    moment = None if alone else _moment(written)
    return found if alone else moment.time() if moment else None


def placed(moment: datetime, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """Return the local `moment` in its zone and ""; None and why, where the clocks were changed."""
    if moment.tzinfo:
        return moment, ""
    local = moment.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        return None, "nonexistent-local-time"
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return None, "ambiguous-local-time"
    return local, ""


def instant(
    source: Mapping[str, Any], _options: Options, around: Surroundings
) -> str | Noted | None:
    """Return the instant of a `date` and a `time` in the clinic's zone."""
    day, at = parsed(source["date"]), clock(source["time"])
    if day is None or at is None:
        return None
    return _instant(datetime.combine(day.date(), at), around.context.zone)


def moment(value: Any, _options: Options, around: Surroundings) -> str | Noted | None:
    """Return the date and time of one field as an instant in the clinic's zone."""
    return _read(text(value) or "", around.context.zone)


def day(value: Any, options: Options, _around: Surroundings) -> str | Noted | None:
    """Return the date; `pivot:` is the last two-digit year of this century, without it none."""
    written = text(value) or ""
    short = SHORT_YEAR.fullmatch(written)
    if short and (pivot := options.get("pivot")) is not None:
        century = 2000 if int(short[2]) <= int(pivot) else 1900
        written = f"{short[1]}{century + int(short[2])}"
    found = parsed(written)
    answer = found.date().isoformat() if found and found.date() not in NOBODY_BORN else None
    if short:
        return Noted(answer, (("two-digit-year", "the century is a guess of the pivot"),))
    notes = (("unusable-date", "not a date"),) if written and not _moment(written) else ()
    return Noted(None, notes) if notes else answer


def end(source: Mapping[str, Any], _options: Options, around: Surroundings) -> str | None:
    """Return the instant at which what begins at `date` and `start` ends; raises Refused if never.

    `end` at midnight of an evening is the next day's.
    """
    day, start = parsed(source["date"]), clock(source["start"])
    if day is None or start is None:
        return None
    ends = end_after(datetime.combine(day.date(), start), clock(source["end"]), None)
    local = placed(ends, around.context.zone)[0] if ends else None
    if local is None:
        raise Refused("end-not-after-start", "there is no end after the start")
    return _iso(local)


def latest(value: Any, options: Options, around: Surroundings) -> str | None:
    """Return the latest instant in a list: of each element the first of `fields:` that is set."""
    dicts = [one for one in value or () if isinstance(one, dict)]
    found = (next(filter(None, (parsed(d.get(f)) for f in options["fields"])), None) for d in dicts)
    local = [place for one in found if one and (place := placed(one, around.context.zone)[0])]
    return _iso(max(local)) if local else None


def end_after(start: datetime, end: time | None, step: timedelta | None) -> datetime | None:
    """Return when a stretch ends; a missing end is start + `step`.

    Midnight, which is also 1C's empty date, after an evening start is the next day's.

    None when it would not end after it starts.
    """
    if end == time() and start.time() >= EVENING:
        return datetime.combine(start.date() + timedelta(days=1), time())
    if end is None or end == time():
        return start + step if step else None
    finish = datetime.combine(start.date(), end)
    return finish if finish > start else None


# A sample's results have its times in common.
@lru_cache(maxsize=4096)
def _read(written: str, zone: ZoneInfo) -> str | Noted | None:
    found = parsed(written)
    return _instant(found, zone) if found else None


def _instant(moment: datetime, zone: ZoneInfo) -> str | Noted | None:
    local, problem = placed(moment, zone)
    return Noted(None, ((problem, "the clocks were changed"),)) if local is None else _iso(local)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _moment(written: str) -> datetime | None:
    for shape in SHAPES:
        if found := shape.fullmatch(written):
            return _datetime(found.groupdict())
    return None


def _datetime(parts: Mapping[str, str | None]) -> datetime | None:
    at = _time(parts)
    try:
        day = date(int(parts["y"] or 0), int(parts["m"] or 0), int(parts["d"] or 0))
    except ValueError:
        return None
    whole = datetime.combine(day, at) if at else None
    offset = parts.get("zone")
    return datetime.fromisoformat(f"{whole.isoformat()}{offset}") if whole and offset else whole


def _time(parts: Mapping[str, str | None]) -> time | None:
    try:
        return time(int(parts["H"] or 0), int(parts["M"] or 0), int(parts["S"] or 0))
    except ValueError:
        return None

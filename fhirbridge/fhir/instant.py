"""Moments and ranges of time, in microseconds since 1970 UTC.

https://hl7.org/fhir/R4/datatypes.html#instant, https://hl7.org/fhir/R4/search.html#date
"""

import re
import time
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from fhirbridge.fhir.errors import Invalid

SECOND = 1_000_000
MINUTE = 60 * SECOND
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the origin of naive arithmetic
DATE_TIME = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"(?:T(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9]|60)(?:\.(?P<fraction>[0-9]{1,12}))?)?"
    r"(?P<zone>Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?)?)?)?",
    re.ASCII,
)


def system_clock() -> int:
    """Return the time now. The only clock: everything else has it passed in."""
    return time.time_ns() // 1000


def to_instant(us: int) -> str:
    """Return `us` as a FHIR instant in UTC, its fraction no longer than needed."""
    moment = datetime.fromtimestamp(us // SECOND, UTC)
    fraction = f"{us % SECOND:06}".rstrip("0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}".zfill(19) + (f".{fraction}Z" if fraction else "Z")


def from_instant(text: str) -> int:
    """Return the moment that the instant `text` names. Raises Invalid without zone or seconds."""
    match = DATE_TIME.fullmatch(text)
    if match is None or match["zone"] is None or match["second"] is None:
        raise Invalid("Not an instant: it needs date, time, seconds and zone.")
    return date_range(text, UTC)[0]


def date_range(text: str, zone: tzinfo) -> tuple[int, int]:
    """Return what a date, dateTime or instant covers: low inclusive, high exclusive.

    `2026-03` is a month, `2026-03-02T10:00` a minute; `zone` holds where none is written.
    Raises Invalid for anything else, such as 31 February.
    """
    match = DATE_TIME.fullmatch(text)
    if match is None:
        raise Invalid("Not a date: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.f]][zone].")
    try:
        first = date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))
    except ValueError:
        raise Invalid("No such day in the calendar.") from None
    if match["hour"] is not None:
        return _moment(match, first, zone)
    return _midnight(first.toordinal(), zone), _midnight(_after(match, first), zone)


def _moment(match: re.Match[str], day: date, zone: tzinfo) -> tuple[int, int]:
    """Return the range of a date with a time of day; a leap second follows second 59."""
    moment = datetime(  # noqa: DTZ001 - the offset is subtracted on the next lines
        day.year, day.month, day.day, int(match["hour"]), int(match["minute"])
    )
    fraction = match["fraction"] or ""
    low = _microseconds(moment, _zone(match["zone"]) or zone) + int(match["second"] or 0) * SECOND
    low += int(fraction[:6].ljust(6, "0"))
    if match["second"] is None:
        return low, low + MINUTE
    return low, low + max(SECOND // 10 ** len(fraction), 1)


def _after(match: re.Match[str], first: date) -> int:
    """Return the ordinal of the first day after the year, month or day that was named."""
    if match["day"] is not None:
        return first.toordinal() + 1
    if match["month"] is not None:
        return first.toordinal() + monthrange(first.year, first.month)[1]
    return date(first.year, 12, 31).toordinal() + 1


def _midnight(ordinal: int, zone: tzinfo) -> int:
    """Return when the day begins in `zone`; the day after the last one of the calendar too."""
    if ordinal > date.max.toordinal():
        return _midnight(ordinal - 1, zone) + 24 * 60 * MINUTE
    return _microseconds(datetime.combine(date.fromordinal(ordinal), datetime.min.time()), zone)


def _microseconds(local: datetime, zone: tzinfo) -> int:
    offset = zone.utcoffset(local.replace(tzinfo=zone)) or timedelta()
    return (local - EPOCH - offset) // timedelta(microseconds=1)


def _zone(text: str | None) -> tzinfo | None:
    if text is None or text == "Z":
        return UTC if text else None
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))

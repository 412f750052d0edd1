"""The preparation `slots`: rows of a doctor's day become stretches of time with a status.

1C says local times without a zone, leaves out dates, ends and statuses, repeats rows and lets a
break overlap a free slot.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fhirbridge.mapping.paths import Scope, look
from fhirbridge.mapping.preparing import Element, Prepared
from fhirbridge.mapping.words.codes import mapped
from fhirbridge.mapping.words.text import room
from fhirbridge.mapping.words.time import clock, end_after, parsed, placed
from fhirbridge.mapping.words.word import Noted, Options, Surroundings

FREE, CLOSED = "free", "busy-unavailable"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is a stretch of time; `unknown`: its status was in no map."""

    index: int
    begins: datetime
    ends: datetime
    state: str
    room: str
    unknown: bool


def slots(found: list[Any], scope: Scope, options: Options, around: Surroundings) -> Prepared:
    """Return the rows with `begins`, `ends`, `state` and `repeat` added.

    `date`, `start`, `end`, `status`, `room` and `duration` say where these are; `map:` and
    `missing:` read the status. A duplicate is left out, an impossible time rejected; a free row
    that overlaps an unavailable one is unavailable; one that starts with another in another room
    gets its room as `repeat`.
    """
    rows, rejected = [], []
    for at, value in enumerate(found):
        row = _row(at, scope.inside(value), options, around)
        if isinstance(row, Row):
            rows.append(row)
        else:
            rejected.append((at, *row))
    kept, ignored = _distinct(rows)
    notes = [
        (row.index, "unknown-code", "a status of no map: closed") for row in kept if row.unknown
    ]
    closed = {row.index for row in kept if _overlapped(row, kept)}
    notes += [(index, "overlaps-break", "free, but unavailable by another row") for index in closed]
    repeat = _repeats(kept)
    whole = [
        Element(row.index, {**found[row.index], **_times(row, row.index in closed, repeat)})
        for row in kept
    ]
    return Prepared(tuple(whole), tuple(rejected), tuple(ignored), tuple(sorted(notes)))


def _row(at: int, scope: Scope, options: Options, around: Surroundings) -> Row | tuple[str, str]:
    """Return the row, or the code and text of why it is none."""
    day, start = parsed(look(options["date"], scope)), clock(look(options["start"], scope))
    if day is None or start is None:
        return "unusable-time", "no date or no start"
    begins = datetime.combine(day.date(), start)
    length = clock(look(options["duration"], scope))
    step = timedelta(hours=length.hour, minutes=length.minute) if length else None
    ends = end_after(begins, clock(look(options["end"], scope)), step)
    if ends is None:
        return "end-not-after-start", "the row does not end after it starts"
    first, problem = placed(begins, around.context.zone)
    last, second = placed(ends, around.context.zone)
    if first is None or last is None:
        return problem or second, "the clocks were changed"
    read = mapped(look(options["status"], scope), {**options, "else": CLOSED}, around)
    state = str(read.value if isinstance(read, Noted) else read)
    key = room(look(options["room"], scope)) or ""
    return Row(at, first, last, state, key, isinstance(read, Noted))


def _distinct(rows: list[Row]) -> tuple[list[Row], list[tuple[int, str]]]:
    """Return one row per start and room, the least free one, and the others as duplicates."""
    best: dict[tuple[datetime, str], Row] = {}
    for row in rows:
        known = best.setdefault((row.begins, row.room), row)
        if known.state == FREE != row.state:
            best[row.begins, row.room] = row
    kept = {row.index for row in best.values()}
    ignored = [(row.index, "a duplicate row") for row in rows if row.index not in kept]
    return [row for row in rows if row.index in kept], ignored


def _overlapped(row: Row, rows: list[Row]) -> bool:
    return row.state == FREE and any(
        other.state == CLOSED and other.begins < row.ends and row.begins < other.ends
        for other in rows
    )


def _repeats(rows: list[Row]) -> dict[int, str]:
    """Return "" for the first room of each start, the room for the others."""
    first: dict[datetime, str] = {}
    for row in sorted(rows, key=lambda row: row.room):
        first.setdefault(row.begins, row.room)
    return {row.index: "" if first[row.begins] == row.room else row.room for row in rows}


def _times(row: Row, closed: bool, repeat: dict[int, str]) -> dict[str, str]:  # noqa: FBT001
    return {
        "begins": row.begins.isoformat(timespec="seconds"),
        "ends": row.ends.isoformat(timespec="seconds"),
        "state": CLOSED if closed else row.state,
        "repeat": repeat[row.index],
    }

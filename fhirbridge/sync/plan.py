"""Which calls the refresh of a stream means, and how they are cut into pieces of work. Pure.

A piece is what one job does: one list, or some doctor-days or orders: about 500 records.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from typing import Any

from fhirbridge.sources.profile import Profile
from fhirbridge.sources.words import Refresh, Stream

CALLS_PER_PIECE = 25
FAR_AHEAD = 13
EACH_DAY, FIRST_DAY, LAST_DAY = "each-day", "first-day", "last-day"
# What an empty GUID of 1C is made of.
EMPTY = frozenset("0-{}")
Call = dict[str, str]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """One job: calls of one stream, for a refresh of the timetable.

    `settled`: followers take settled records too. `then`: refreshes that begin after it.
    """

    source: str
    stream: str
    calls: tuple[Call, ...]
    refresh: str
    settled: bool = False
    then: tuple[str, ...] = ()


def refresh_of(profile: Profile, stream: str) -> tuple[Refresh, ...]:
    """Return the refreshes of `stream`, widest window first; one without days when none is listed.

    A stream that only follows another one has no refresh of its own.
    """
    listed = [refresh for refresh in profile.refresh if refresh.stream == stream]
    if listed or follows(profile.streams[stream]):
        return tuple(listed)
    return (Refresh(name=stream, stream=stream, cron="", days=(0, FAR_AHEAD)),)


def follows(stream: Stream) -> str | None:
    """Return the stream whose records alone say what to ask of this one, or None.

    A stream with a day among its parameters waits for a refresh of its own.
    """
    parents = {parent for _, parent in stream.origins()}
    alone = len(parents) == 1 and len(list(stream.origins())) == len(stream.parameters)
    return parents.pop() if alone else None


def followers(profile: Profile, stream: str) -> tuple[str, ...]:
    """Return the streams that are read after `stream`, once per record of it."""
    return tuple(name for name, one in profile.streams.items() if follows(one) == stream)


def in_order(profile: Profile, only: str | None = None) -> tuple[Refresh, ...]:
    """Return every refresh that a first synchronisation needs, parents before children.

    Of several refreshes of one stream that differ in their days all are taken: together they
    are the horizon. `only` names one stream.
    """
    ranked = sorted(profile.streams, key=lambda name: _depth(profile, name))
    wanted = [name for name in ranked if only in (None, name)]
    return tuple(refresh for name in wanted for refresh in refresh_of(profile, name))


def calls(
    stream: Stream,
    refresh: Refresh,
    today: date,
    parents: Callable[[str], Iterable[Record]],
    done: Callable[[Call, Record], bool],
) -> Iterator[Call]:
    """Yield the parameters of every call, each once, in the order of the parents' records.

    `parents` gives the records of a stream; `done` says that a settled record was read already.
    """
    seen: set[tuple[tuple[str, str], ...]] = set()
    for record in _parents(stream, parents):
        for call in _days(stream, refresh, today, _from_record(stream, record)):
            mark = tuple(sorted(call.items()))
            skipped = not refresh.settled and _settled(stream, record) and done(call, record)
            if all(call.values()) and mark not in seen and not skipped:
                seen.add(mark)
                yield call


def pieces(piece: Piece, found: Iterable[Call]) -> list[Piece]:
    """Return copies of `piece` with CALLS_PER_PIECE of the calls each; the last keeps `then`."""
    every = list(found)
    starts = range(0, len(every), CALLS_PER_PIECE)
    cut = [replace(piece, calls=tuple(every[at : at + CALLS_PER_PIECE]), then=()) for at in starts]
    return [*cut[:-1], replace(cut[-1], then=piece.then)] if cut else []


def _depth(profile: Profile, name: str) -> int:
    parents = [parent for _, parent in profile.streams[name].origins()]
    return 1 + max((_depth(profile, parent) for parent in parents), default=0)


def _parents(stream: Stream, parents: Callable[[str], Iterable[Record]]) -> Iterable[Record]:
    names = {parent for _, parent in stream.origins()}
    if not names:
        return ({},)
    return (
        record for name in sorted(names) for record in parents(name) if _wanted(stream.when, record)
    )


def _wanted(when: Mapping[str, Sequence[str]], record: Record) -> bool:
    """Return whether the record says what is asked; a field that is not there forbids nothing."""
    return all(str(record.get(field, words[0])) in words for field, words in when.items())


def _settled(stream: Stream, record: Record) -> bool:
    return bool(stream.settled) and _wanted(stream.settled, record)


def _from_record(stream: Stream, record: Record) -> Call:
    origins = [(name, origin.partition(".")[2]) for name, origin in stream.parameters.items()]
    return {name: _text(record.get(field)) for name, field in origins if field}


def _text(value: Any) -> str:
    text = "" if value is None else str(value).strip()
    return "" if EMPTY.issuperset(text) else text


def _days(stream: Stream, refresh: Refresh, today: date, call: Call) -> Iterator[Call]:
    first, last = (today + timedelta(days=day) for day in refresh.days or (0, 0))
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    choices = {EACH_DAY: span, FIRST_DAY: [first], LAST_DAY: [last]}
    named = [
        (name, choices[origin]) for name, origin in stream.parameters.items() if origin in choices
    ]
    for days in product(*(days for _, days in named)):
        yield call | {name: day.isoformat() for (name, _), day in zip(named, days, strict=True)}

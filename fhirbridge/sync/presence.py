"""Who was there in a complete read, who was not, and what that means for what is published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fhirbridge.fhir import json
from fhirbridge.fhir.instant import date_range
from fhirbridge.sources.envelope import canonical
from fhirbridge.sources.envelope import key as key_of
from fhirbridge.sources.profile import Profile
from fhirbridge.sources.words import Stream
from fhirbridge.store.records import Record
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.absence import Presence, gone
from fhirbridge.sync.arrival import parameters
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.guard import judge
from fhirbridge.sync.plan import EACH_DAY, FIRST_DAY, LAST_DAY, Call, refresh_of

# How far ahead days of a record that is gone are withdrawn.
HORIZON_DAYS = 31
TIMES = ("start", "authoredOn")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a read changes: the presence to remember, keys gone and come back, the guard's doubt."""

    presence: Presence
    gone: frozenset[str]
    back: frozenset[str]
    refused: str | None


def verdict(
    before: Presence, seen: Iterable[str], outside: Iterable[str], *, misses: int, shrink: int
) -> Verdict:
    """Return what a complete read of `seen` means. Pure.

    `outside` are known keys that this read could not hold: they left its window of days.
    """
    present = frozenset(seen)
    known = (before.known | frozenset(before.absences.misses)) - frozenset(outside)
    judged = judge(known, present, before.absences, misses=misses, shrink_percent=shrink)
    was, now = before.absences.gone(misses), judged.absences.gone(misses)
    remembered = present | known if judged.refused else present | frozenset(judged.absences.misses)
    presence = Presence(remembered, judged.absences)
    return Verdict(presence, now - was, was & present, judged.refused)


def gone_keys(transaction: Transaction, link: Link, stream: str) -> frozenset[str]:
    """Return the keys of a stream that are gone, by any of its refreshes."""
    guard = link.profile.streams[stream].guard
    if guard.absent == "keep":
        return frozenset()
    names = (refresh.name for refresh in refresh_of(link.profile, stream))
    return gone(transaction, link.name, stream, names, guard.misses)


def is_gone(transaction: Transaction, link: Link, record: Record) -> bool:
    """Return whether a kept record, or all records that its key names, are gone."""
    if record.key in gone_keys(transaction, link, record.stream):
        return True
    declared = link.profile.streams[record.stream]
    asked = parameters(declared, record.key)
    return any(
        asked.get(parameter) in gone_values(transaction, link, parent, field)
        for parameter, parent, field in parents(link.profile, record.stream)
    )


def gone_values(transaction: Transaction, link: Link, stream: str, field: str) -> frozenset[str]:
    """Return the values of `field` that only records which are gone have."""
    keys = gone_keys(transaction, link, stream)
    if not keys:
        return frozenset()
    values: dict[bool, set[str]] = {True: set(), False: set()}
    for record in transaction.records.of(link.name, stream):
        values[record.key in keys].add(canonical(str(json.parse(record.body).get(field, ""))))
    return frozenset(values[True] - values[False])


def parents(profile: Profile, stream: str) -> list[tuple[str, str, str]]:
    """Return (parameter, parent stream, its field) for what a stream is asked by."""
    declared = profile.streams[stream]
    return [
        (name, origin.partition(".")[0], origin.partition(".")[2])
        for name, origin in declared.parameters.items()
        if "." in origin
    ]


def days_of(
    bridge: Bridge, link: Link, transaction: Transaction, stream: str, key: str
) -> list[Record]:
    """Return the kept records of the days ahead that were asked for by the record `key`."""
    told = transaction.records.newest(link.name, stream, key)
    if told is None:
        return []
    record = json.parse(told.body)
    found = [
        transaction.records.newest(link.name, child, key_of(declared, {}, call))
        for child, declared in link.profile.streams.items()
        for parameter, parent, field in parents(link.profile, child)
        if parent == stream and declared.guard.absent == "busy"
        for call in _days_ahead(
            bridge, link.profile, declared, {parameter: canonical(str(record.get(field)))}
        )
    ]
    return [one for one in found if one is not None]


def is_outside(
    resources: Iterable[dict[str, Any]], profile: Profile, stream: str, call: Call
) -> bool:
    """Return whether what a record makes lies outside the days that `call` asked for."""
    origins = profile.streams[stream].parameters
    window = sorted(day for name, day in call.items() if origins[name] in {FIRST_DAY, LAST_DAY})
    if not window:
        return False
    first = date_range(window[0], profile.time_zone)[0]
    last = date_range(window[-1], profile.time_zone)[1]
    times = [one[name] for one in resources for name in TIMES if name in one]
    return any(not first <= date_range(time, profile.time_zone)[0] < last for time in times)


def _days_ahead(bridge: Bridge, profile: Profile, declared: Stream, call: Call) -> list[Call]:
    today = bridge.today(profile)
    days = [(today + timedelta(days=ahead)).isoformat() for ahead in range(HORIZON_DAYS)]
    names = [name for name, origin in declared.parameters.items() if origin == EACH_DAY]
    return [call | dict.fromkeys(names, day) for day in days]

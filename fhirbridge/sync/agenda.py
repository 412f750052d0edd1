"""From the timetable to pieces of work: what a refresh asks, and what follows a piece."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from fhirbridge.fhir import json
from fhirbridge.sources.envelope import key as key_of
from fhirbridge.sources.words import Refresh
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.plan import Call, Piece, Record, calls, followers, in_order, pieces
from fhirbridge.sync.presence import gone_keys


def planned(
    bridge: Bridge, link: Link, transaction: Transaction, refresh: Refresh, then: tuple[str, ...]
) -> list[Piece]:
    """Return the pieces of a refresh, from the records that are kept now."""
    piece = Piece(link.name, refresh.stream, (), refresh.name, refresh.settled, then)
    return _pieces(bridge, link, transaction, piece, None)


def following(
    bridge: Bridge, transaction: Transaction, piece: Piece, items: Iterable[Record]
) -> list[Piece]:
    """Return the pieces that follow a list: one call for each of its `items` that asks for it."""
    link, told = bridge.links[piece.source], list(items)
    return [
        one
        for stream in followers(link.profile, piece.stream)
        for one in _pieces(
            bridge, link, transaction, replace(piece, stream=stream, calls=(), then=()), told
        )
    ]


def refresh_named(link: Link, name: str) -> Refresh:
    """Return the refresh called `name`. Raises KeyError when there is none."""
    found = {refresh.name: refresh for refresh in (*in_order(link.profile), *link.profile.refresh)}
    return found[name]


def _pieces(
    bridge: Bridge,
    link: Link,
    transaction: Transaction,
    piece: Piece,
    items: list[Record] | None,
) -> list[Piece]:
    declared = link.profile.streams[piece.stream]
    refresh = refresh_named(link, piece.refresh)

    def parents(stream: str) -> Iterable[Record]:
        return _kept(link, transaction, stream) if items is None else items

    def done(call: Call, record: Record) -> bool:
        return _read_since(link, transaction, piece.stream, call, record)

    refresh = refresh.model_copy(update={"settled": piece.settled})
    found = calls(declared, refresh, bridge.today(link.profile), parents, done)
    return pieces(piece, found)


def _kept(link: Link, transaction: Transaction, stream: str) -> Iterator[Record]:
    """Yield the kept records of a stream whose subjects are not gone."""
    gone = gone_keys(transaction, link, stream)
    for record in transaction.records.of(link.name, stream):
        if record.key not in gone:
            found: dict[str, Any] = json.parse(record.body)
            yield found


def _read_since(
    link: Link, transaction: Transaction, stream: str, call: Call, parent: Record
) -> bool:
    """Return whether the call was answered after its parent's record last changed."""
    declared = link.profile.streams[stream]
    answer = transaction.records.newest(link.name, stream, key_of(declared, {}, call))
    if answer is None:
        return False
    ((_, origin),) = declared.origins()
    told = transaction.records.newest(
        link.name, origin, key_of(link.profile.streams[origin], dict(parent), {})
    )
    return told is not None and told.id < answer.id

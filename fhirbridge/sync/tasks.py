"""What an outbox row says: kinds of work, their payloads of ids and words, and their queues."""

from dataclasses import replace
from typing import Any

from fhirbridge.sync.bridge import Link
from fhirbridge.sync.plan import Piece, follows

REFRESH, PULL = "refresh", "pull"


def queue_of(link: Link, stream: str) -> str:
    """Return the queue for the pieces of a stream: what follows a list, lists, directories."""
    declared = link.profile.streams[stream]
    if follows(declared):
        return "results"
    return "orders" if declared.parameters and not list(declared.origins()) else "directory"


def parent_of(link: Link, stream: str) -> str | None:
    """Return the stream whose records say what to ask of this one; None for a list."""
    return next((parent for _, parent in link.profile.streams[stream].origins()), None)


def refresh_payload(source: str, name: str, *then: str) -> dict[str, Any]:
    """Return the payload of a refresh; `then` are refreshes that begin after it."""
    return {"source": source, "refresh": name, "then": list(then)}


def piece_payload(piece: Piece) -> dict[str, Any]:
    """Return the payload of a piece."""
    return {
        "source": piece.source,
        "stream": piece.stream,
        "calls": list(piece.calls),
        "refresh": piece.refresh,
        "settled": piece.settled,
        "then": list(piece.then),
    }


def piece_of(payload: dict[str, Any]) -> Piece:
    """Return the piece that `piece_payload` wrote down."""
    piece = Piece(**payload)
    return replace(piece, calls=tuple(piece.calls), then=tuple(piece.then))

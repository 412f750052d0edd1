"""What is not there any more: remembered between reads, and shown without deleting anything.

A published resource is never deleted because its record vanished: references to it must resolve.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.fhir import json
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.guard import Absences

Change = Callable[[dict[str, Any]], dict[str, Any]]
LIVE = frozenset({"proposed", "pending", "booked", "arrived", "checked-in", "waitlist"})
ORDERED = frozenset({"draft", "active", "on-hold"})


def _inactive(resource: dict[str, Any]) -> dict[str, Any]:
    return resource | {"active": False} if "active" in resource else resource


def _status(type_: str, before: frozenset[str], after: str) -> Change:
    def change(resource: dict[str, Any]) -> dict[str, Any]:
        fits = resource["resourceType"] == type_ and resource.get("status") in before
        return resource | {"status": after} if fits else resource

    return change


# What the guard's word means for the resources of an absent record.
WITHDRAWN: Mapping[str, Change] = {
    "keep": lambda resource: resource,
    "inactive": _inactive,
    "cancelled": _status("Appointment", LIVE, "cancelled"),
    "revoked": _status("ServiceRequest", ORDERED, "revoked"),
    "busy": _status("Slot", frozenset({"free"}), "busy-unavailable"),
}


@dataclass(frozen=True, slots=True)
class Presence:
    """What the reads of one refresh knew: the keys of the last believed read, and the misses."""

    known: frozenset[str] = frozenset()
    absences: Absences = field(default_factory=Absences)

    @classmethod
    def load(cls, transaction: Transaction, source: str, mark: str) -> "Presence":
        """Return what was remembered under `mark`; nothing at first."""
        position = transaction.cursors.get(source, mark)
        if position is None:
            return cls()
        found = json.parse(position.value)
        return cls(frozenset(found["known"]), Absences(found["misses"]))

    def save(self, transaction: Transaction, source: str, mark: str, now: int) -> None:
        """Remember it under `mark`."""
        value = {"known": sorted(self.known), "misses": dict(self.absences.misses)}
        transaction.cursors.set(source, mark, json.dump(value).decode(), now=now)


def mark(stream: str, refresh: str) -> str:
    """Return the name of the cursor that remembers the presence of a refresh of a stream."""
    return f"{stream}/presence/{refresh}"


def mapping_mark(stream: str) -> str:
    """Return the name of the cursor that remembers by which mapping kept records were mapped."""
    return f"{stream}/mapping"


def gone(
    transaction: Transaction, source: str, stream: str, refreshes: Iterable[str], misses: int
) -> frozenset[str]:
    """Return the keys of the stream that some refresh found gone."""
    found = (Presence.load(transaction, source, mark(stream, name)) for name in refreshes)
    return frozenset().union(*(one.absences.gone(misses) for one in found))

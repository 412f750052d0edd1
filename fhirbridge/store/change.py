"""What storing a resource comes to: worked out before anything is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fhirbridge.store.body import content_hash, stamped
from fhirbridge.store.stored import Put

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Current:
    """The state of a resource row that this transaction has locked."""

    row: int
    version: int
    updated: int
    deleted: bool
    hash: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What one put comes to: the state afterwards and, if anything changes, the whole resource."""

    put: Put
    state: Current
    resource: dict[str, Any] | None
    new: bool


def key_of(resource: Mapping[str, Any]) -> Key:
    """Return type and id."""
    return resource["resourceType"], resource["id"]


def change_of(
    resource: dict[str, Any], current: Current | None, free: Iterator[int], now: int
) -> Change:
    """Return what storing `resource` comes to, given the state now and unused row numbers."""
    digest = content_hash(resource)
    if current is None:
        state = Current(next(free), 1, now, deleted=False, hash=digest)
        return Change(Put("created", 1, now), state, stamped(resource, 1, now), new=True)
    if not current.deleted and current.hash == digest:
        return Change(Put("unchanged", current.version, current.updated), current, None, new=False)
    version, updated = current.version + 1, max(now, current.updated)
    state = Current(current.row, version, updated, deleted=False, hash=digest)
    put = Put("created" if current.deleted else "updated", version, updated)
    return Change(put, state, stamped(resource, version, updated), new=False)

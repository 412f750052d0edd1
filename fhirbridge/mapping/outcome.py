"""What a mapping is given and what it gives back: plain immutable values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Context:
    """What a record does not say itself.

    `identity` derives a resource id from a kind and a canonical key; `system_base` ends in a slash;
    `patient` is the id of the patient whom the record is about, already resolved, or None;
    `parameters` are those of the request (doctor, date) and of the deployment (organization: an
    id); `related` holds records of other streams that belong to this one, by their singular name:
    results and reports of a laboratory want `order`. `received` is in microseconds since 1970 UTC.
    """

    source: str
    zone: ZoneInfo
    system_base: str
    identity: Callable[[str, str], str]
    patient: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    received: int = 0
    related: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A resource that was made, by which mapping ("file#hash") and which row of which table.

    `new_only`: store it only where no such resource is stored yet (another source knows better).
    `grows`: names of list elements that keep what the stored version has and this one lacks,
    because the source may answer with the changed part alone.
    """

    resource: dict[str, Any]
    mapping: str
    map_row: str | None = None
    new_only: bool = False
    grows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that must not be published, and why: a case for quarantine."""

    item_key: str
    mapping: str
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An item that is left out by declaration: a duplicate, a row that is no person."""

    item_key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on the quality of what came in; for operators, never part of a resource."""

    code: str
    text: str
    item_key: str = "."


Fate = Literal["mapped", "quarantined", "ignored"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that became of one record.

    `account` says the fate of each item by its key ("." is the record itself, "results/0" the
    first element of its list `results`): what came in is exactly what is listed.
    """

    resources: tuple[Mapped, ...]
    quarantined: tuple[Rejected, ...]
    ignored: tuple[Ignored, ...]
    issues: tuple[Note, ...]
    account: Mapping[str, Fate]

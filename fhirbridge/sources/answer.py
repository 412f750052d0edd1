"""What a source answered, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Parameter = str | int | date | datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """A good answer. `items` are the records: one per item, or the whole answer as one record.

    `raw` holds the bytes as they came (pages one after another, a line feed between them).
    `complete` is True when the list was read to its end: only then may absence mean anything.
    `received` is when the answer came, microseconds since 1970 UTC. `keys` goes with `items`:
    the key of each record, all different. `repeated` holds items whose key
    another item of the same answer has: they are left out, and have to be counted as such.
    """

    stream: str
    items: tuple[dict[str, Any], ...]
    keys: tuple[str, ...]
    raw: bytes
    complete: bool
    received: int
    parameters: Mapping[str, str]
    repeated: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was checked to be what the profile expects."""

    key: str
    content_type: str
    data: bytes
    received: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A write that was done. `id_`: what the source calls the thing now, when it said so.

    `already`: it had been done before (cancelled already, order known already).
    """

    body: Any
    id_: str | None = None
    already: bool = False

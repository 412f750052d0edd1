"""What comes out of the store: plain values."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from fhirbridge.search.query import Cursor


class Stored(NamedTuple):
    """One resource as its reader may see it: `body` are the bytes to send.

    `updated` is in microseconds since 1970 UTC; `dated` False means that neither it nor the
    version may be told. Of a deleted one the body is empty. `own`: the row itself says that it is
    the reader's alone (`describing`).
    """

    row: int
    type_: str
    id_: str
    version: int
    updated: int
    body: bytes
    deleted: bool
    as_patient: bool
    dated: bool
    own: bool | None = None

    @property
    def etag(self) -> str:
        """The entity tag: of the version or, for a patient's view, of the bytes themselves.

        https://hl7.org/fhir/R4/http.html#versioning
        """
        if self.as_patient:
            return f'W/"{hashlib.sha256(self.body).hexdigest()[:32]}"'
        return f'W/"{self.version}"'


@dataclass(frozen=True, slots=True)
class Page:
    """The matches of one page, the total if it was asked for, and where the next page begins."""

    matches: Sequence[Stored]
    total: int | None
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Put:
    """What a write did: an unchanged resource keeps its version and time (µs since 1970 UTC)."""

    outcome: Literal["created", "updated", "unchanged"]
    version: int
    updated: int = field(default=0, compare=False)

    def told(self, type_: str, id_: str) -> Stored:
        """Return the resource as one who may see all of it is told of the write, without a body."""
        return Stored(
            0,
            type_,
            id_,
            self.version,
            self.updated,
            b"",
            deleted=False,
            as_patient=False,
            dated=True,
        )


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a resource came from: kept record, `mapping file#hash`, row of the code map."""

    record: int
    mapping: str
    map_row: str | None = None

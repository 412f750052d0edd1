"""The rows of a page as they were read: most are sent as they are, without an object for each."""

from collections.abc import Iterator, Sequence
from typing import overload

from fhirbridge.store.connection import Row
from fhirbridge.store.stored import Stored

# Where a row of a page has what. Sort values come after these, or at once where only what is sent
# was read.
ROW, ID, BODY, MOMENT, OWN, VERSION, UPDATED, PLAIN = range(8)


class Found(Sequence[Stored]):
    """Resources of one type, each made from its row for whoever asks for it.

    `are_own`: of all of them it was noted that they are the reader's alone; such a resource names
    nobody else and has no link that would have to be looked at (`describing`). Where only what is
    sent was read, nothing can be told of versions and times.
    """

    __slots__ = ("_as_patient", "_dated", "_rows", "_sent", "are_own", "bodies", "ids", "type_")

    def __init__(
        self, type_: str, rows: list[Row], *, as_patient: bool, dated: bool, sent: bool = False
    ) -> None:
        self.type_ = type_
        self._rows = rows
        self._sent = sent
        self._as_patient = as_patient
        self._dated = dated
        self.are_own = [row[OWN] for row in rows].count(True) == len(rows)
        self.ids: list[str] = [row[ID] for row in rows]
        self.bodies: list[bytes] = [row[BODY] for row in rows]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Stored]:
        return map(self._stored, self._rows)

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, Sequence) else other)

    __hash__ = None  # type: ignore[assignment]

    @overload
    def __getitem__(self, at: int) -> Stored: ...
    @overload
    def __getitem__(self, at: slice) -> list[Stored]: ...
    def __getitem__(self, at: int | slice) -> Stored | list[Stored]:
        if isinstance(at, slice):
            return [self._stored(row) for row in self._rows[at]]
        return self._stored(self._rows[at])

    def _stored(self, row: Row) -> Stored:
        version, updated = (0, 0) if self._sent else (row[VERSION], row[UPDATED])
        return Stored(
            row[ROW], self.type_, row[ID], version, updated, row[BODY], deleted=False,
            as_patient=self._as_patient, dated=self._dated and not self._sent, own=row[OWN],
        )  # fmt: skip


def bodies(rows: Sequence[Stored]) -> list[bytes]:
    """Return the bytes to send of each."""
    return rows.bodies if isinstance(rows, Found) else [one.body for one in rows]


def references(rows: Sequence[Stored]) -> list[str]:
    """Return the references of `rows`, as the addresses of their entries end."""
    if isinstance(rows, Found):
        head = f"{rows.type_}/"
        return [head + one for one in rows.ids]
    return [f"{one.type_}/{one.id_}" for one in rows]

"""Which patients staff said are one person, and what that moved: rows are added, never changed.

A merge is over when another row says so; what it moved is kept, so that it can be moved back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fhirbridge.resources.merged import REPLACED_BY, REPLACES, Confirmed, linked
from fhirbridge.store.connection import Connection

PATIENT = "Patient"
Resource = dict[str, Any]
MERGES = (
    "SELECT m.id, m.merged, m.survivor, m.staff, m.reason, m.confirmed, u.staff, u.undone"
    " FROM patient_merge m LEFT JOIN patient_merge_undone u ON u.merge = m.id"
)
NOW = f"{MERGES} WHERE u.merge IS NULL"
INSERT = (
    "INSERT INTO patient_merge (merged, survivor, staff, reason, confirmed)"
    " VALUES (?, ?, ?, ?, ?) RETURNING id"
)
UNDO = "INSERT INTO patient_merge_undone (merge, staff, undone) VALUES (?, ?, ?)"
MOVED = (
    "INSERT INTO patient_merge_moved (merge, kind, name, version) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (merge, kind, name) DO NOTHING"
)
ABOUT = (
    "SELECT merged FROM patient_merge WHERE {0} UNION SELECT survivor FROM patient_merge WHERE {1}"
)
WHAT = "SELECT name, version FROM patient_merge_moved WHERE merge = ? AND kind = ? ORDER BY name"


@dataclass(frozen=True, slots=True)
class Merge:
    """What `staff` confirmed: that `merged` is `survivor`. Times in µs since 1970 UTC."""

    id: int
    merged: str
    survivor: str
    staff: str
    reason: str
    confirmed: int
    undone_by: str | None = None
    undone: int | None = None


class Merges:
    """The merges of one store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, merged: str, survivor: str, staff: str, reason: str, *, now: int) -> Merge:
        """Keep that two patients are one."""
        values = (merged, survivor, staff, reason, now)
        ((number,),) = self._connection.rows(INSERT, values)
        return Merge(number, *values)

    def undo(self, merge: Merge, staff: str, *, now: int) -> None:
        """Keep that they are not."""
        self._connection.execute(UNDO, (merge.id, staff, now))

    def all(self) -> list[Merge]:
        """Return every merge there ever was, in order."""
        return [Merge(*row) for row in self._connection.rows(f"{MERGES} ORDER BY m.id")]

    def of(self, patient: str) -> Merge | None:
        """Return the merge by which `patient` became another one, if there is one now."""
        found = self._connection.rows(f"{NOW} AND m.merged = ?", (patient,))
        return Merge(*found[0]) if found else None

    def into(self, patient: str) -> list[Merge]:
        """Return the merges by which others became `patient`."""
        sql = f"{NOW} AND m.survivor = ? ORDER BY m.id"
        return [Merge(*row) for row in self._connection.rows(sql, (patient,))]

    def note(self, merge: Merge, kind: str, moved: Iterable[tuple[str, int | None]]) -> None:
        """Keep the names of what was moved, and the versions they had before."""
        rows = [(merge.id, kind, name, version) for name, version in moved]
        if rows:
            self._connection.many(MOVED, rows)

    def moved(self, merge: Merge, kind: str) -> list[tuple[str, int | None]]:
        """Return what `note` kept."""
        return [(name, version) for name, version in self._connection.rows(WHAT, (merge.id, kind))]

    def predecessors(self, patient: str) -> Iterator[Confirmed]:
        """Yield a link to everybody who became `patient`, by way of others too."""
        for merge in self.into(patient):
            yield Confirmed(REPLACES, merge.merged, merge.confirmed)
            yield from self.predecessors(merge.merged)

    def successors(self, patient: str) -> Iterator[Confirmed]:
        """Yield a link to everybody whom `patient` became."""
        merge = self.of(patient)
        if merge is not None:
            yield Confirmed(REPLACED_BY, merge.survivor, merge.confirmed)
            yield from self.successors(merge.survivor)

    def confirmed(self, resources: Sequence[Resource]) -> list[Resource]:
        """Return `resources`; Patients with the links that staff confirmed and no others of ours.

        Whoever writes a Patient can neither confirm a merge nor lose it.
        """
        patients = [one["id"] for one in resources if one["resourceType"] == PATIENT]
        about = self._about(patients) if patients else frozenset()
        return [
            linked(one, self._links(one["id"]) if one["id"] in about else ())
            if one["resourceType"] == PATIENT
            else one
            for one in resources
        ]

    def _links(self, patient: str) -> list[Confirmed]:
        return [*self.predecessors(patient), *self.successors(patient)]

    def _about(self, patients: Sequence[str]) -> frozenset[str]:
        """Return which of `patients` any merge is about."""
        listed = self._connection.listed(patients)
        sql = ABOUT.format(*(self._connection.among.format(one) for one in ("merged", "survivor")))
        return frozenset(one for (one,) in self._connection.rows(sql, (listed, listed)))

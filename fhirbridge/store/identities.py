"""Which keys of which source mean which patient; contradictions wait for a person.

Keys are stored as keyed hashes: a stolen table tells no SNILS.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from fhirbridge.store.connection import Connection

FIND = "SELECT patient FROM identity WHERE source = ? AND kind = ? AND key = ?"
BIND = (
    "INSERT INTO identity (source, kind, key, patient, bound) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (source, kind, key) DO NOTHING"
)
KEYS = "SELECT source, kind, key FROM identity WHERE patient = ? ORDER BY source, kind, key"
MOVE = "UPDATE identity SET patient = ?, bound = ? WHERE patient = ?"
CONFLICT = (
    "INSERT INTO identity_conflict (source, kind, key, patient, other, noted)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, kind, key, patient, other) DO NOTHING"
)
CONFLICTS = (
    "SELECT id, source, kind, key, patient, other, noted FROM identity_conflict"
    " WHERE settled IS NULL ORDER BY id"
)
POINT = "UPDATE identity SET patient = ?, bound = ? WHERE source = ? AND kind = ? AND key = ?"
SETTLE_BETWEEN = (
    "UPDATE identity_conflict SET settled = ? WHERE settled IS NULL"
    " AND ((patient = ? AND other = ?) OR (patient = ? AND other = ?))"
)
SETTLE = "UPDATE identity_conflict SET settled = ? WHERE id = ? AND settled IS NULL"


@dataclass(frozen=True, slots=True)
class IdentityConflict:
    """A key that belongs to `patient` came with another one, `other`."""

    id: int
    source: str
    kind: str
    key: str
    patient: str
    other: str
    noted: int


class Identities:
    """The table from keys to patients' ids."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, source: str, kind: str, key: str) -> str | None:
        """Return the patient that a key means, or None."""
        found = self._connection.rows(FIND, (source, kind, key))
        return str(found[0][0]) if found else None

    def bind(self, source: str, kind: str, key: str, patient: str, *, now: int) -> str:
        """Let a key mean `patient`, unless it has a meaning; return whom it means now.

        A key that means another patient is noted as a conflict and keeps its meaning.
        """
        self._connection.execute(BIND, (source, kind, key, patient, now))
        found = self.find(source, kind, key) or patient
        if found != patient:
            self._connection.execute(CONFLICT, (source, kind, key, found, patient, now))
        return found

    def keys(self, patient: str) -> list[tuple[str, str, str]]:
        """Return (source, kind, key) of every key that means `patient`."""
        found = self._connection.rows(KEYS, (patient,))
        return [(source, kind, key) for source, kind, key in found]

    def merge(self, replaced: Iterable[str], patient: str, *, now: int) -> None:
        """Let every key of the `replaced` patients mean `patient`."""
        for one in replaced:
            self._connection.execute(MOVE, (patient, now, one))

    def point(self, source: str, kind: str, key: str, patient: str, *, now: int) -> None:
        """Let a known key mean another patient."""
        self._connection.execute(POINT, (patient, now, source, kind, key))

    def settle_between(self, one: str, other: str, *, now: int) -> None:
        """Close the contradictions in which a key of one patient came with another one."""
        self._connection.execute(SETTLE_BETWEEN, (now, one, other, other, one))

    def conflicts(self) -> list[IdentityConflict]:
        """Return the contradictions that nobody has settled."""
        return [IdentityConflict(*row) for row in self._connection.rows(CONFLICTS)]

    def settle(self, id_: int, *, now: int) -> bool:
        """Close a contradiction; return False when it was closed already or never was."""
        return self._connection.execute(SETTLE, (now, id_)) == 1

"""What could not be mapped, with its reason, until it can: nothing disappears."""

from collections.abc import Collection
from dataclasses import dataclass

from fhirbridge.store.connection import Connection

COLUMNS = (
    "SELECT id, source, stream, record, item_key, mapping, reason_code, reason, held, released"
    " FROM quarantine"
)
HOLD = (
    "INSERT INTO quarantine (source, stream, record_key, item_key, mapping, record, reason_code,"
    " reason, held) SELECT source, stream, key, ?, ?, id, ?, ?, ? FROM record WHERE id = ?"
    " ON CONFLICT (source, stream, record_key, item_key, mapping) DO UPDATE SET"
    " record = excluded.record, reason_code = excluded.reason_code, reason = excluded.reason,"
    " held = CASE WHEN quarantine.released IS NULL THEN quarantine.held ELSE excluded.held END,"
    " released = NULL RETURNING id"
)
RELEASE = "UPDATE quarantine SET released = ? WHERE id = ? AND released IS NULL"
SAME_KEY = (
    "SELECT q.id, q.item_key, q.mapping FROM quarantine q JOIN record r ON r.source = q.source"
    " AND r.stream = q.stream AND r.key = q.record_key WHERE r.id = ? AND q.released IS NULL"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One item of a record that is held back. Times are microseconds since 1970 UTC."""

    id: int
    source: str
    stream: str
    record: int
    item_key: str
    mapping: str
    reason_code: str
    reason: str
    held: int
    released: int | None


class Quarantine:
    """One case per item of a record and mapping, however often it comes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold(
        self, record: int, item_key: str, mapping: str, reason_code: str, reason: str, *, now: int
    ) -> int:
        """Hold an item of a kept record and return the number of its case.

        The same item again is the same case, with its newest record and reason.
        """
        values = (item_key, mapping, reason_code, reason, now, record)
        return int(self._connection.rows(HOLD, values)[0][0])

    def settle(self, record: int, held: Collection[tuple[str, str]], *, now: int) -> int:
        """Release the cases of a record's key but those `held` (item key, mapping).

        Returns how many. Call it after a record was mapped: what maps now is no case any more.
        """
        open_cases = self._connection.rows(SAME_KEY, (record,))
        settled = [id_ for id_, item, mapping in open_cases if (item, mapping) not in held]
        return sum(self.release(id_, now=now) for id_ in settled)

    def waiting(self, record: int) -> bool:
        """Return whether a record's key has open cases."""
        return bool(self._connection.rows(SAME_KEY, (record,)))

    def release(self, id_: int, *, now: int) -> bool:
        """Close a case; return False when it was closed already or never was."""
        return self._connection.execute(RELEASE, (now, id_)) == 1

    def list(self, source: str | None = None, *, after: int = 0, limit: int = 100) -> list[Case]:
        """Return open cases in order of their numbers, those past `after`."""
        wanted = "" if source is None else " AND source = ?"
        sql = f"{COLUMNS} WHERE released IS NULL AND id > ?{wanted} ORDER BY id LIMIT ?"
        parameters = (after, *(() if source is None else (source,)), limit)
        return [Case(*row) for row in self._connection.rows(sql, parameters)]

    def show(self, id_: int) -> Case | None:
        """Return one case, open or closed."""
        found = self._connection.rows(f"{COLUMNS} WHERE id = ?", (id_,))
        return Case(*found[0]) if found else None

    def count(self) -> dict[str, int]:
        """Return the number of open cases by reason code."""
        sql = (
            "SELECT reason_code, count(*) FROM quarantine WHERE released IS NULL"
            " GROUP BY reason_code ORDER BY reason_code"
        )
        return dict(self._connection.rows(sql))

"""Work that must happen: rows of the same transaction as what it follows from.

A queue elsewhere is only a doorbell. A row is claimed under a lease with a fencing number: whoever
comes back after the lease ran out and another took over finds its number refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.json import dump, parse
from fhirbridge.store.connection import Connection, Row

DUE, DONE, FAILED = "due", "done", "failed"
ADD = (
    "INSERT INTO outbox (kind, payload, state, due, fence, attempts, created)"
    " VALUES (?, ?, 'due', ?, 0, 0, ?) RETURNING id"
)
LIST = (
    "SELECT id, kind, payload, fence, attempts, due FROM outbox"
    " WHERE state = 'due' AND due <= ?{which} ORDER BY due, id LIMIT ?"
)
CLAIM = (
    "UPDATE outbox SET due = ?, fence = fence + 1, attempts = attempts + 1"
    " WHERE id = ? AND state = 'due' AND due <= ?"
)
END = "UPDATE outbox SET state = ?, error = ?, due = ? WHERE id = ? AND fence = ? AND state = 'due'"


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work. `payload` holds ids, never resources; `fence` is shown when ending it."""

    id: int
    kind: str
    payload: dict[str, Any]
    fence: int
    attempts: int


class Outbox:
    """What is to be done, in the order it is due. Times are microseconds since 1970 UTC."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, kind: str, payload: dict[str, Any], *, now: int, due: int | None = None) -> int:
        """Note work to do, from `due` on, and return its number."""
        values = (kind, dump(payload).decode(), now if due is None else due, now)
        return int(self._connection.rows(ADD, values)[0][0])

    def pending(self, kind: str, payload: dict[str, Any]) -> bool:
        """Return whether the same work is to be done already, or is being done."""
        sql = "SELECT 1 FROM outbox WHERE state = 'due' AND kind = ? AND payload = ? LIMIT 1"
        return bool(self._connection.rows(sql, (kind, dump(payload).decode())))

    def due(self, now: int, *, limit: int = 100) -> list[int]:
        """Return the numbers of what could be claimed now, to ring the bell for it again."""
        found = self._connection.rows(LIST.format(which=""), (now, limit))
        return [row[0] for row in found]

    def claim(
        self, now: int, lease: int, *, id_: int | None = None, kinds: Iterable[str] = ()
    ) -> Work | None:
        """Take one piece of work for `lease` microseconds; None when there is none to take.

        `id_` asks for one piece, `kinds` for some kinds. What others are claiming is skipped.
        """
        wanted = tuple(kinds)
        which = "" if id_ is None else " AND id = ?"
        which += f" AND kind IN ({', '.join('?' * len(wanted))})" if wanted else ""
        chosen = () if id_ is None else (id_,)
        sql = LIST.format(which=which) + self._connection.skipping
        found = self._connection.rows(sql, (now, *chosen, *wanted, 1))
        if not found or self._connection.execute(CLAIM, (now + lease, found[0][0], now)) == 0:
            return None
        return _claimed(found[0])

    def done(self, work: Work) -> bool:
        """End the work; False when the lease was lost, and then nothing is changed."""
        return self._end(work, DONE, None, 0)

    def fail(self, work: Work, error: str, *, retry_at: int | None) -> bool:
        """Give the work back until `retry_at`, or for good (None); False: the lease was lost."""
        if retry_at is None:
            return self._end(work, FAILED, error, 0)
        return self._end(work, DUE, error, retry_at)

    def count(self) -> dict[str, int]:
        """Return how many pieces are in each state."""
        return dict(self._connection.rows("SELECT state, count(*) FROM outbox GROUP BY state"))

    def _end(self, work: Work, state: str, error: str | None, due: int) -> bool:
        return self._connection.execute(END, (state, error, due, work.id, work.fence)) == 1


def _claimed(row: Row) -> Work:
    id_, kind, payload, fence, attempts, _ = row
    return Work(id_, kind, parse(payload), fence + 1, attempts + 1)

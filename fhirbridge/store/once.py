"""What may be used once across all processes: assertions' jti, launch handles; and attempts."""

from collections.abc import Callable
from typing import Generic, TypeVar

from fhirbridge.store.database import Database
from fhirbridge.store.rows import Rows, count, value

L = TypeVar("L")
USE_JTI = (
    "INSERT INTO oauth_assertion (client, jti, expires) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
)
USE_LAUNCH = "UPDATE oauth_launch SET used = ? WHERE hash = ? AND used IS NULL AND expires > ?"
ATTEMPT = (
    "INSERT INTO attempt (key, since, count) VALUES (?, ?, 1) ON CONFLICT (key) DO UPDATE SET"
    " count = CASE WHEN attempt.since <= ? THEN 1 ELSE attempt.count + 1 END,"
    " since = CASE WHEN attempt.since <= ? THEN excluded.since ELSE attempt.since END"
    " RETURNING count"
)
ATTEMPTS = "SELECT coalesce(max(count), 0) FROM attempt WHERE key = ? AND since > ?"
KEEP_KEY = "INSERT INTO signing_key (slot, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING"


class Assertions:
    """The jti of client assertions. A unique row decides, not a look before a leap."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def use(self, client: str, jti: str, expires: int, /) -> bool:
        """Return whether this is the first use of `jti` by `client`."""
        return count(self._database, USE_JTI, (client, jti, expires)) == 1


class Launches(Generic[L]):
    """Launch handles, as records of the class `record`."""

    def __init__(self, database: Database, record: Callable[..., L]) -> None:
        self._database = database
        self._rows = Rows(database, "oauth_launch", record)

    def add(self, launch: L, /) -> bool:
        """Keep a new handle."""
        return self._rows.add(launch)

    def find(self, handle: bytes, now: int, /) -> L | None:
        """Return the handle with that hash while it may be used, or None."""
        return self._rows.one("WHERE hash = ? AND used IS NULL AND expires > ?", (handle, now))

    def use(self, handle: bytes, now: int, /) -> bool:
        """Use a handle up; return whether this was its only use."""
        return count(self._database, USE_LAUNCH, (now, handle, now)) == 1


class Attempts:
    """How often something was tried of late, counted for all processes together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, key: bytes, now: int, window: int, /) -> int:
        """Return how often `key` was noted within the window that is open now (µs)."""
        return int(value(self._database, ATTEMPTS, (key, now - window)))

    def note(self, key: bytes, now: int, window: int, /) -> int:
        """Count one attempt and return how many there were in its window."""
        begun = now - window
        return int(value(self._database, ATTEMPT, (key, now, begun, begun)))

    def forget(self, key: bytes, /) -> None:
        """Start `key` anew."""
        count(self._database, "DELETE FROM attempt WHERE key = ?", (key,))


class SigningKeys:
    """Sealed private keys, one per slot of time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, slot: int, /) -> bytes | None:
        """Return the sealed key of `slot`, or None."""
        sql = "SELECT sealed FROM signing_key WHERE slot = ?"
        found = self._database.rows(sql, (slot,))
        return bytes(found[0][0]) if found else None

    def keep(self, slot: int, sealed: bytes, /) -> bytes:
        """Keep the key of `slot` unless another process was first; return the one that is kept."""
        count(self._database, KEEP_KEY, (slot, sealed))
        return self.find(slot) or sealed

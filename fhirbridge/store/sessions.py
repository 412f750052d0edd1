"""Logged-in browsers. What was granted for the length of a session ends with it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from fhirbridge.store.connection import Connection
from fhirbridge.store.database import Database
from fhirbridge.store.rows import Rows, atomic

S = TypeVar("S")
DELETE = "DELETE FROM login_session WHERE hash = ?"
END_TOKENS = (
    "UPDATE token SET revoked = ? WHERE revoked IS NULL AND hash IN (SELECT a.hash"
    " FROM oauth_access a JOIN oauth_grant g ON g.id = a.grant_id"
    " WHERE g.session = ? AND g.refreshes <> 'offline')"
)
END_GRANTS = (
    "UPDATE oauth_grant SET revoked = ?"
    " WHERE session = ? AND refreshes <> 'offline' AND revoked IS NULL"
)


class Sessions(Generic[S]):
    """The table of sessions, as records of the class `record`."""

    def __init__(self, database: Database, record: Callable[..., S]) -> None:
        self._database = database
        self._rows = Rows(database, "login_session", record)

    def find(self, session_hash: bytes, now: int, /) -> S | None:
        """Return the session with that hash while it lasts, or None."""
        return self._rows.one("WHERE hash = ? AND expires > ?", (session_hash, now))

    def add(self, session: S, /) -> bool:
        """Keep a new session."""
        return self._rows.add(session)

    def end(self, session_hash: bytes, now: int, /) -> None:
        """Log the browser out and end every grant that was to last as long as its session."""

        def work(connection: Connection) -> None:
            connection.execute(END_GRANTS, (now, session_hash))
            connection.execute(END_TOKENS, (now, session_hash))
            connection.execute(DELETE, (session_hash,))

        atomic(self._database, work)

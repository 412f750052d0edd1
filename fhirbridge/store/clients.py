"""Registered apps and back ends. Removing one ends everything it was ever given."""

from collections.abc import Callable
from typing import Generic, TypeVar

from fhirbridge.store.connection import Connection
from fhirbridge.store.database import Database
from fhirbridge.store.rows import Rows, atomic

C = TypeVar("C")
END_TOKENS = "UPDATE token SET revoked = ? WHERE client = ? AND revoked IS NULL"
END_GRANTS = "UPDATE oauth_grant SET revoked = ? WHERE client = ? AND revoked IS NULL"
DELETE = "DELETE FROM oauth_client WHERE id = ?"


class Clients(Generic[C]):
    """The table of clients, as records of the class `record`."""

    def __init__(self, database: Database, record: Callable[..., C]) -> None:
        self._database = database
        self._rows = Rows(database, "oauth_client", record)

    def find(self, id_: str, /) -> C | None:
        """Return the client with that id, or None."""
        return self._rows.one("WHERE id = ?", (id_,))

    def list(self) -> list[C]:
        """Return every client, oldest first."""
        return self._rows.all("ORDER BY created, id")

    def add(self, client: C, /) -> bool:
        """Register a client; return False when its id is taken."""
        return self._rows.add(client)

    def delete(self, id_: str, now: int, /) -> bool:
        """Remove a client with its tokens and grants; return whether there was one."""

        def work(connection: Connection) -> bool:
            # First, so that a token on its way waits for us and then finds no client.
            deleted = connection.execute(DELETE, (id_,)) == 1
            connection.execute(END_GRANTS, (now, id_))
            connection.execute(END_TOKENS, (now, id_))
            return deleted

        return atomic(self._database, work)

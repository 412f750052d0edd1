"""People who log in, whom they are linked to, and the codes handed out at the desk."""

from collections.abc import Callable
from typing import Generic, TypeVar

from fhirbridge.store.connection import Connection
from fhirbridge.store.database import Database
from fhirbridge.store.rows import Rows, atomic, count

A = TypeVar("A")
D = TypeVar("D")
LINK = "INSERT INTO account_link (issuer, subject, account) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
LINKED = "WHERE name = (SELECT account FROM account_link WHERE issuer = ? AND subject = ?)"
CLAIM = "UPDATE desk_code SET used = ? WHERE hash = ? AND used IS NULL AND expires > ?"
DISABLE = "UPDATE account SET disabled = ? WHERE name = ? AND disabled IS NULL"
END = (
    "DELETE FROM login_session WHERE account = ?",
    "DELETE FROM account_link WHERE account = ?",
)
END_GRANTS = "UPDATE oauth_grant SET revoked = ? WHERE account = ? AND revoked IS NULL"
END_TOKENS = (
    "UPDATE token SET revoked = ? WHERE revoked IS NULL AND hash IN (SELECT a.hash"
    " FROM oauth_access a JOIN oauth_grant g ON g.id = a.grant_id WHERE g.account = ?)"
)


class Users(Generic[A, D]):
    """Accounts as records of class `account`, desk codes as records of class `desk_code`."""

    def __init__(
        self, database: Database, account: Callable[..., A], desk_code: Callable[..., D]
    ) -> None:
        self._database = database
        self._accounts = Rows(database, "account", account)
        self._codes = Rows(database, "desk_code", desk_code)

    def find(self, name: str, /) -> A | None:
        """Return the account called `name`, disabled or not, or None."""
        return self._accounts.one("WHERE name = ?", (name,))

    def list(self) -> list[A]:
        """Return every account by name."""
        return self._accounts.all("ORDER BY name")

    def add(self, account: A, /) -> bool:
        """Add an account; return False when the name is taken."""
        return self._accounts.add(account)

    def disable(self, name: str, now: int, /) -> bool:
        """Shut an account and end all it has; return whether it was open."""

        def work(connection: Connection) -> bool:
            for statement in END:
                connection.execute(statement, (name,))
            connection.execute(END_GRANTS, (now, name))
            connection.execute(END_TOKENS, (now, name))
            return connection.execute(DISABLE, (now, name)) == 1

        return atomic(self._database, work)

    def link(self, issuer: str, subject: str, account: str, /) -> bool:
        """Link a person at an external provider to an account; return False when linked already."""
        return count(self._database, LINK, (issuer, subject, account)) == 1

    def linked(self, issuer: str, subject: str, /) -> A | None:
        """Return the account of `subject` at `issuer`, or None."""
        return self._accounts.one(LINKED, (issuer, subject))

    def invite(self, code: D, /) -> bool:
        """Keep a code that the desk hands out."""
        return self._codes.add(code)

    def join(self, code_hash: bytes, make: Callable[[D], A], now: int, /) -> A | None:
        """Use a desk code up and add the account that `make` returns for it, both or neither.

        Returns None when the code is unknown, used or too old, or the account's name is taken.
        """

        def work(connection: Connection) -> A | None:
            if connection.execute(CLAIM, (now, code_hash, now)) != 1:
                return None
            code = self._codes.one("WHERE hash = ?", (code_hash,))
            account = None if code is None else make(code)
            if account is None or not self._accounts.add(account, connection):
                raise _NotAddedError
            return account

        try:
            return atomic(self._database, work)
        except _NotAddedError:
            return None


class _NotAddedError(Exception):
    """Undoes the use of a code whose account could not be added."""

"""What people granted to apps, and the codes, refresh and access tokens that came of it.

Using a code or a refresh token up is one statement with `used IS NULL`, in the transaction that
keeps what it was used for: of any number of exchanges at once, one wins, and whoever comes second
finds all that the first was given. https://www.rfc-editor.org/rfc/rfc9700#section-4.14
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from fhirbridge.store.connection import Connection
from fhirbridge.store.database import Database
from fhirbridge.store.rows import Rows, atomic
from fhirbridge.store.tokens import Granted, Tokens

G = TypeVar("G")
F = TypeVar("F")
A = TypeVar("A")

USE_CODE = (
    "UPDATE oauth_grant SET code_used = ?"
    " WHERE code = ? AND code_used IS NULL AND code_expires > ? AND revoked IS NULL"
)
USE_REFRESH = (
    "UPDATE oauth_refresh SET used = ? WHERE hash = ? AND used IS NULL AND expires > ? AND EXISTS"
    " (SELECT 1 FROM oauth_grant g WHERE g.id = grant_id AND g.revoked IS NULL AND g.expires > ?)"
)
# Change nothing, but wait for whoever is ending the grant or removing the client.
HOLD_GRANT = "UPDATE oauth_grant SET created = created WHERE id = ? AND revoked IS NULL"
HOLD_CLIENT = "UPDATE oauth_client SET created = created WHERE id = ?"
END_GRANT = "UPDATE oauth_grant SET revoked = ? WHERE id = ? AND revoked IS NULL"
END_TOKENS = (
    "UPDATE token SET revoked = ? WHERE revoked IS NULL"
    " AND hash IN (SELECT hash FROM oauth_access WHERE grant_id = ?)"
)
LIVE = "WHERE account = ? AND revoked IS NULL AND code_used IS NOT NULL AND expires > ?"


class Grants(Generic[G, F, A]):
    """Grants, refresh tokens and the origin of access tokens, as records of three classes."""

    def __init__(
        self,
        database: Database,
        grant: Callable[..., G],
        refresh: Callable[..., F],
        access: Callable[..., A],
    ) -> None:
        self._database = database
        self._grants = Rows(database, "oauth_grant", grant)
        self._refreshes = Rows(database, "oauth_refresh", refresh)
        self._accesses = Rows(database, "oauth_access", access)

    def add(self, grant: G, /) -> bool:
        """Keep what a person granted; the app has a code for it now."""
        return self._grants.add(grant)

    def find(self, id_: str, /) -> G | None:
        """Return the grant with that id, ended or not, or None."""
        return self._grants.one("WHERE id = ?", (id_,))

    def by_code(self, code: bytes, /) -> G | None:
        """Return the grant whose code has that hash, used or not, or None."""
        return self._grants.one("WHERE code = ?", (code,))

    def refresh(self, refresh_hash: bytes, /) -> F | None:
        """Return the refresh token with that hash, used or not, or None."""
        return self._refreshes.one("WHERE hash = ?", (refresh_hash,))

    def access(self, access_hash: bytes, /) -> A | None:
        """Return where the access token with that hash came from, or None."""
        return self._accesses.one("WHERE hash = ?", (access_hash,))

    def of(self, account: str, now: int, /) -> list[G]:
        """Return the grants of an account that are in force, newest first."""
        return self._grants.all(f"{LIVE} ORDER BY created DESC, id", (account, now))

    def exchange(self, code: bytes, given: tuple[Granted, A, F | None], now: int, /) -> bool:
        """Use a code up for these tokens; return False, keeping nothing, when it cannot be used."""
        return self._given(USE_CODE, (now, code, now), given)

    def rotate(self, used: bytes, given: tuple[Granted, A, F | None], now: int, /) -> bool:
        """Use a refresh token up for these; return False, keeping nothing, when it cannot be."""
        return self._given(USE_REFRESH, (now, used, now, now), given)

    def give(self, grant_id: str | None, given: tuple[Granted, A, F | None], /) -> bool:
        """Keep these tokens while their grant or, without one, their client is there."""
        if grant_id is None:
            return self._given(HOLD_CLIENT, (given[0].client,), given)
        return self._given(HOLD_GRANT, (grant_id,), given)

    def revoke(self, grant_id: str, now: int, /) -> None:
        """End a grant and every token that came of it."""

        def work(connection: Connection) -> None:
            connection.execute(END_GRANT, (now, grant_id))
            connection.execute(END_TOKENS, (now, grant_id))

        atomic(self._database, work)

    def _given(
        self, claim: str, parameters: tuple[object, ...], given: tuple[Granted, A, F | None]
    ) -> bool:
        def work(connection: Connection) -> bool:
            return connection.execute(claim, parameters) == 1 and self._keep(connection, given)

        return atomic(self._database, work)

    def _keep(self, connection: Connection, given: tuple[Granted, A, F | None]) -> bool:
        token, access, refresh = given
        Tokens(connection).add(token)
        self._accesses.add(access, connection)
        if refresh is not None:
            self._refreshes.add(refresh, connection)
        return True

"""Where the authorization server keeps things: what it needs of a store it never imports."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fhirbridge.auth.smart.records import (
    Access,
    Account,
    AppGrant,
    Client,
    DeskCode,
    Launch,
    Refresh,
    Session,
)
from fhirbridge.auth.tokens import Granted, TokenTable

Given = tuple[Granted, Access, Refresh | None]


class ClientTable(Protocol):
    """Registered clients."""

    def find(self, id_: str, /) -> Client | None:
        """Return the client with that id, or None."""

    def add(self, client: Client, /) -> bool:
        """Register a client; return False when its id is taken."""


class UserTable(Protocol):
    """Accounts and desk codes."""

    def find(self, name: str, /) -> Account | None:
        """Return the account called `name`, disabled or not, or None."""

    def linked(self, issuer: str, subject: str, /) -> Account | None:
        """Return the account of `subject` at an external provider, or None."""

    def join(
        self, code_hash: bytes, make: Callable[[DeskCode], Account], now: int, /
    ) -> Account | None:
        """Use a desk code up and add what `make` returns for it; None when that cannot be."""


class SessionTable(Protocol):
    """Logged-in browsers."""

    def find(self, session_hash: bytes, now: int, /) -> Session | None:
        """Return the session with that hash while it lasts, or None."""

    def add(self, session: Session, /) -> bool:
        """Keep a new session."""

    def end(self, session_hash: bytes, now: int, /) -> None:
        """Log out, and end what was granted for the length of the session."""


class GrantTable(Protocol):
    """Grants and the tokens that come of them. Using up is atomic across processes."""

    def add(self, grant: AppGrant, /) -> bool:
        """Keep what a person granted."""

    def find(self, id_: str, /) -> AppGrant | None:
        """Return the grant with that id, ended or not, or None."""

    def by_code(self, code: bytes, /) -> AppGrant | None:
        """Return the grant whose code has that hash, used or not, or None."""

    def refresh(self, refresh_hash: bytes, /) -> Refresh | None:
        """Return the refresh token with that hash, used or not, or None."""

    def access(self, access_hash: bytes, /) -> Access | None:
        """Return where an access token came from, or None."""

    def of(self, account: str, now: int, /) -> list[AppGrant]:
        """Return the grants of an account that are in force, newest first."""

    def exchange(self, code: bytes, given: Given, now: int, /) -> bool:
        """Use a code up for these tokens; False, and nothing kept, when it cannot be used."""

    def rotate(self, used: bytes, given: Given, now: int, /) -> bool:
        """Use a refresh token up for these; False, and nothing kept, when it cannot be used."""

    def give(self, grant_id: str | None, given: Given, /) -> bool:
        """Keep these tokens while their grant (None: their client) is there; return whether."""

    def revoke(self, grant_id: str, now: int, /) -> None:
        """End a grant and every token that came of it."""


class LaunchTable(Protocol):
    """Launch handles."""

    def add(self, launch: Launch, /) -> bool:
        """Keep a new handle."""

    def find(self, handle: bytes, now: int, /) -> Launch | None:
        """Return the handle with that hash while it may be used, or None."""

    def use(self, handle: bytes, now: int, /) -> bool:
        """Use a handle up; return whether this was its only use."""


class AssertionTable(Protocol):
    """The jti of client assertions."""

    def use(self, client: str, jti: str, expires: int, /) -> bool:
        """Return whether this is the first use of `jti` by `client`, in any process."""


class AttemptTable(Protocol):
    """Counters over a window of time (µs)."""

    def count(self, key: bytes, now: int, window: int, /) -> int:
        """Return how often `key` was noted within the window that is open now."""

    def note(self, key: bytes, now: int, window: int, /) -> int:
        """Count one attempt and return how many there were in its window."""

    def forget(self, key: bytes, /) -> None:
        """Start `key` anew."""


class SigningKeyTable(Protocol):
    """Sealed private keys, one per slot of time."""

    def find(self, slot: int, /) -> bytes | None:
        """Return the sealed key of `slot`, or None."""

    def keep(self, slot: int, sealed: bytes, /) -> bytes:
        """Keep the key of `slot` unless another process was first; return the one kept."""


@dataclass(frozen=True, slots=True)
class Tables:
    """All of them."""

    tokens: TokenTable
    clients: ClientTable
    users: UserTable
    sessions: SessionTable
    grants: GrantTable
    launches: LaunchTable
    assertions: AssertionTable
    attempts: AttemptTable
    signing_keys: SigningKeyTable

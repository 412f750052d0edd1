"""Access tokens: what each stands for, found by the hash of the token."""

from dataclasses import dataclass
from typing import Protocol

from fhirbridge.store.connection import Statements

FIND = (
    "SELECT hash, kind, scopes, patient, fhir_user, client, issued, expires FROM token"
    " WHERE hash = ? AND revoked IS NULL"
)
ADD = (
    "INSERT INTO token (hash, kind, scopes, patient, fhir_user, client, issued, expires)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
REVOKE = "DELETE FROM token WHERE hash = ?"


class Granted(Protocol):
    """What a token stands for, as whoever issues tokens has it."""

    @property
    def hash(self) -> bytes: ...
    @property
    def kind(self) -> str: ...
    @property
    def scopes(self) -> str: ...
    @property
    def patient(self) -> str | None: ...
    @property
    def user(self) -> str | None: ...
    @property
    def client(self) -> str | None: ...
    @property
    def issued(self) -> int: ...
    @property
    def expires(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Token:
    """What a token stands for. Times are microseconds since 1970 UTC."""

    hash: bytes
    kind: str
    scopes: str
    patient: str | None
    user: str | None
    client: str | None
    issued: int
    expires: int


class Tokens:
    """The tokens that are valid or were until they expired."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    def find(self, token_hash: bytes, /) -> Token | None:
        """Return what the token with that hash stands for, unless it was revoked."""
        found = self._connection.rows(FIND, (token_hash,))
        return Token(*found[0]) if found else None

    def add(self, grant: Granted, /) -> None:
        """Keep a new token."""
        person = (grant.patient, grant.user, grant.client)
        values = (grant.hash, grant.kind, grant.scopes, *person, grant.issued, grant.expires)
        self._connection.execute(ADD, values)

    def revoke(self, token_hash: bytes, /) -> bool:
        """End a token now; return whether there was one."""
        return self._connection.execute(REVOKE, (token_hash,)) == 1

    def forget_expired(self, now: int) -> int:
        """Remove tokens that expired before `now` and return how many."""
        return self._connection.execute("DELETE FROM token WHERE expires < ?", (now,))

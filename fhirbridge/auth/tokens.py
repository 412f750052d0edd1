"""Opaque bearer tokens: 256 random bits, of which only the SHA-256 is kept.

https://www.rfc-editor.org/rfc/rfc6750
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from fhirbridge.auth.principal import Kind, Principal
from fhirbridge.auth.scopes import Scopes
from fhirbridge.fhir.errors import Invalid, LoginRequired

# https://www.rfc-editor.org/rfc/rfc6750#section-2.1; the scheme's name has no case.
_BEARER = re.compile(r"bearer +(?P<token>[A-Za-z0-9\-._~+/]{1,512}=*)", re.ASCII | re.IGNORECASE)
_CHALLENGE = 'Bearer realm="fhirbridge"'
_BYTES = 32
_GRANT_DIGITS = 32
_KINDS: dict[str, Kind] = {"patient": "patient", "user": "user", "system": "system"}


class Granted(Protocol):
    """What a kept token stands for. Times are microseconds since 1970 UTC."""

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
class Grant:
    """A grant as it is issued here."""

    hash: bytes
    kind: Kind
    scopes: str
    patient: str | None
    user: str | None
    client: str | None
    issued: int
    expires: int


class TokenTable(Protocol):
    """Where grants are kept."""

    def find(self, token_hash: bytes, /) -> Granted | None:
        """Return the grant with that hash unless it was revoked."""

    def add(self, grant: Granted, /) -> None:
        """Keep a new grant."""

    def revoke(self, token_hash: bytes, /) -> bool:
        """End a grant now; return whether there was one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a token is asked for: scopes, the launch context, and how long it lives (µs)."""

    scopes: str
    lifetime: int
    patient: str | None = None
    user: str | None = None
    client: str | None = None


def issue(wanted: Wanted, tables: TokenTable, now: int) -> tuple[str, Grant]:
    """Return a new token, shown this once, and the grant that was kept for it.

    Raises Invalid when the scopes give no right or mix a system's with a person's.
    """
    scopes = Scopes.parse(wanted.scopes)
    kind = _kind(scopes)
    token = secrets.token_urlsafe(_BYTES)
    grant = Grant(
        token_hash(token),
        kind,
        str(scopes),
        wanted.patient,
        wanted.user,
        wanted.client,
        now,
        now + wanted.lifetime,
    )
    tables.add(grant)
    return token, grant


def authenticate(authorization: str | None, tables: TokenTable, now: int) -> Principal:
    """Return who sent the Authorization header.

    Raises LoginRequired with the challenge of RFC 6750 section 3: bare when no header came, the
    same text for whatever else is wrong. Raises Invalid for two tokens in one wanted.
    """
    if authorization is None:
        raise _login("A bearer token is needed", _CHALLENGE)
    if "," in authorization:
        raise misplaced()
    match = _BEARER.fullmatch(authorization)
    grant = tables.find(token_hash(match["token"])) if match is not None else None
    if grant is None or now >= grant.expires:
        raise _invalid_token()
    who = (grant.kind, grant.scopes, grant.patient, grant.user, grant.client)
    return _principal(grant.hash, *who)


def misplaced() -> Invalid:
    """Return the error for two tokens, or one in a query or form, where logs would keep it."""
    error = Invalid("Send one token, in the Authorization header only")
    error.headers["WWW-Authenticate"] = f'{_CHALLENGE}, error="invalid_request"'
    return error


def token_hash(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def grant_of(token: str) -> str:
    """Return what stands for a token in the audit trail: how the hash that is kept of it begins."""
    return token_hash(token).hex()[:_GRANT_DIGITS]


def _kind(scopes: Scopes) -> Kind:
    """Return who a token with these scopes stands for; a patient's scopes keep it a patient."""
    contexts = scopes.contexts
    if not contexts or ("system" in contexts and len(contexts) > 1):
        raise Invalid("Expected scopes such as patient/*.rs, user/*.rs or system/*.rs, not mixed")
    if "patient" in contexts:
        return "patient"
    return "user" if "user" in contexts else "system"


@lru_cache(maxsize=4096)
def _principal(
    hash_: bytes, said: str, scopes: str, patient: str | None, user: str | None, client: str | None
) -> Principal:
    """Return the principal of a grant: the same object each time, so that rights find it fast."""
    kind = _KINDS.get(said)
    if kind is None:
        raise _invalid_token()
    grant = hash_.hex()[:_GRANT_DIGITS]
    return Principal(kind, Scopes.parse(scopes), patient, user, client, grant=grant)


def _invalid_token() -> LoginRequired:
    return _login(
        "The token is not valid",
        f'{_CHALLENGE}, error="invalid_token", error_description="The token is not valid"',
    )


def _login(text: str, challenge: str) -> LoginRequired:
    error = LoginRequired(text)
    error.headers["WWW-Authenticate"] = challenge
    return error

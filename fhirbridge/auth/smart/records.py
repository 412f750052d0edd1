"""What the authorization server remembers. Field names are the columns of the store's tables.

Times are microseconds since 1970 UTC; a `hash` is the SHA-256 of what only its holder knows.
"""

from dataclasses import dataclass
from typing import Literal

Refreshes = Literal["offline", "online", "never"]


@dataclass(frozen=True, slots=True)
class Client:
    """An app or back end. With none of `secret` (hashed), `jwks`, `jwks_url` it is public.

    `redirect_uris` and `scopes` are lists separated by spaces; `jwks` is JSON.
    """

    id: str
    name: str
    redirect_uris: str
    scopes: str
    created: int
    secret: str | None = None
    jwks: str | None = None
    jwks_url: str | None = None

    @property
    def asymmetric(self) -> bool:
        """Whether it signs assertions."""
        return self.jwks is not None or self.jwks_url is not None

    @property
    def public(self) -> bool:
        """Whether it has no way to prove who it is."""
        return self.secret is None and not self.asymmetric


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can log in. `fhir_user` is `Patient/ID` or `Practitioner/ID`.

    Without a password only an external provider lets the person in.
    """

    name: str
    fhir_user: str
    created: int
    password: str | None = None
    disabled: int | None = None

    @property
    def patient(self) -> str | None:
        """The id of the patient this person is, if one."""
        type_, _, id_ = self.fhir_user.partition("/")
        return id_ if type_ == "Patient" else None


@dataclass(frozen=True, slots=True)
class DeskCode:
    """A code handed out at the desk: whoever has it may make the account of `fhir_user`."""

    hash: bytes
    fhir_user: str
    created: int
    expires: int


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in browser."""

    hash: bytes
    account: str
    created: int
    expires: int


@dataclass(frozen=True, slots=True)
class AppGrant:
    """What a person granted to an app: the family of its code, refresh and access tokens."""

    id: str
    client: str
    account: str
    fhir_user: str
    scopes: str
    redirect_uri: str
    challenge: str
    code: bytes
    code_expires: int
    session: bytes
    login_at: int
    refreshes: Refreshes
    created: int
    expires: int
    patient: str | None = None
    encounter: str | None = None
    intent: str | None = None
    nonce: str | None = None
    code_used: int | None = None
    revoked: int | None = None

    def get_redirect_uri(self) -> str:
        """Return the redirect URI of the authorization request (for Authlib)."""
        return self.redirect_uri


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token; `used` is when it was exchanged for its successor."""

    hash: bytes
    grant_id: str
    scopes: str
    issued: int
    expires: int
    used: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Where an access token came from: a person's grant, or none for a back end."""

    hash: bytes
    grant_id: str | None
    client: str
    scopes: str
    expires: int


@dataclass(frozen=True, slots=True)
class Launch:
    """A one-time handle for one app, user and context.

    https://hl7.org/fhir/smart-app-launch/app-launch.html#launch-app-ehr-launch
    """

    hash: bytes
    client: str
    fhir_user: str
    expires: int
    patient: str | None = None
    encounter: str | None = None
    intent: str | None = None

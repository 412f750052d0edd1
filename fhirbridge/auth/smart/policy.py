"""What an installation decides about its authorization server, and what the standards decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things last, in microseconds. https://www.rfc-editor.org/rfc/rfc9700."""

    code: int = 60 * SECOND
    user_token: int = HOUR
    system_token: int = 5 * MINUTE
    identity_token: int = 10 * MINUTE
    refresh_idle: int = 90 * DAY
    offline: int = 365 * DAY
    # After this long a second use of a refresh token is theft, before it a lost answer.
    refresh_grace: int = 10 * SECOND
    session: int = 8 * HOUR
    launch: int = 5 * MINUTE
    assertion: int = 5 * MINUTE
    leeway: int = 30 * SECOND
    signing_key: int = 90 * DAY


class Limit(NamedTuple):
    """At most `most` attempts within `window` microseconds."""

    most: int
    window: int = 15 * MINUTE


class Limits(NamedTuple):
    """How often something may fail before it is refused for a while."""

    account: Limit = Limit(10)
    address: Limit = Limit(100)
    desk_code: Limit = Limit(20)
    client: Limit = Limit(60)
    clients_of_address: Limit = Limit(300)


@dataclass(frozen=True, slots=True)
class LoginProvider:
    """An OpenID provider that people may log in through, configured by staff and not discovered.

    `id` is its part of our URLs, `label` what people read. Without a secret we are a public client.
    """

    id: str
    label: str
    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_url: str
    client_secret: str | None = field(default=None, repr=False)
    algorithms: tuple[str, ...] = ("RS256",)


class PatientChoice(NamedTuple):
    """A patient whom a practitioner may open an app for, and how the page tells who it is."""

    id: str
    name: str = ""
    birth_date: str = ""


class Relations(Protocol):
    """Which patients a practitioner has to do with now."""

    def named(self, practitioner: str, name: str, most: int) -> Sequence[PatientChoice]:
        """Return up to `most` of them whose names begin with the words of `name`, in order."""

    def has(self, practitioner: str, patient: str) -> bool:
        """Return whether `patient` is one of them."""


class Nobody:
    """No practitioner has to do with anybody: apps for them start from the portal."""

    def named(self, _practitioner: str, _name: str, _most: int) -> Sequence[PatientChoice]:
        """Return nobody."""
        return ()

    def has(self, _practitioner: str, _patient: str) -> bool:
        """Return that it is none of them."""
        return False


@dataclass(frozen=True, slots=True)
class Policy:
    """The authorization server's settings.

    `issuer` has no slash at its end and `fhir_base` is where FHIR answers: both public URLs.
    `types` are the resource types served. `proxies` is how many of our own reverse proxies add to
    X-Forwarded-For. `registration_token` is the SHA-256 of the initial access token of dynamic
    registration, which None switches off. `bare_scope_codes`: codes of granular scopes may lack a
    system that goes without saying.
    """

    issuer: str
    fhir_base: str
    types: frozenset[str]
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    limits: Limits = field(default_factory=Limits)
    relations: Relations = field(default_factory=Nobody)
    proxies: int = 0
    registration_token: bytes | None = None
    providers: tuple[LoginProvider, ...] = ()
    clinic: str = "fhirbridge"
    bare_scope_codes: bool = False

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over TLS."""
        return self.issuer.startswith("https://")

    def url(self, name: str) -> str:
        """Return the public URL of one of our endpoints."""
        return f"{self.issuer}/auth/{name}"

    def path(self, name: str) -> str:
        """Return the path of one of our pages, for links that stay on the host one came by."""
        return f"{urlsplit(self.issuer).path}/auth/{name}"

"""What an installation decides about its authorization server, and what the standards decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
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
    """A patient whom a practitioner may launch an app for, and how the page names them."""

    id: str
    label: str


def nobody(_practitioner: str) -> Sequence[PatientChoice]:
    """Return that a practitioner can choose no patient: apps for them start from the portal."""
    return ()


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
    patients_of: Callable[[str], Sequence[PatientChoice]] = nobody
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

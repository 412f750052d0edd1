"""Access tokens of other issuers: one configured validator each, never found through the token.

https://www.rfc-editor.org/rfc/rfc9068, as Keycloak and others really shape them.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from fhirbridge.auth.jwt import ALGORITHMS, Token, Untrusted, seconds, taken_apart, verify
from fhirbridge.auth.key_sets import KeySets
from fhirbridge.auth.keys import SafeFetcher
from fhirbridge.auth.principal import Kind, Principal
from fhirbridge.auth.scopes import Scopes

log = logging.getLogger(__name__)

SECOND = 1_000_000
JWT = re.compile(r"bearer +(?P<token>[\w-]+\.[\w-]+\.[\w-]+)", re.ASCII | re.IGNORECASE)
LEEWAY = 30 * SECOND
STALE = 24 * 3600 * SECOND
# `typ` claims and header types that say: not an access token.
NOT_ACCESS = frozenset({"id", "refresh", "offline", "logout", "logout+jwt", "idtoken", "id+jwt"})
# Claims that only ID and logout tokens have.
ONLY_OTHERS = frozenset({"at_hash", "c_hash", "events"})


@dataclass(frozen=True, slots=True)
class Issuer:
    """A trusted issuer.

    `keys` (pinned JWKs) or `jwks_url`; `clients` are the azp or client_id values let in; `owns_ids`
    lets its `patient` and `fhirUser` claims name our resources, otherwise our link table does.
    """

    issuer: str
    clients: frozenset[str]
    jwks_url: str | None = None
    keys: tuple[Mapping[str, Any], ...] = ()
    algorithms: tuple[str, ...] = ("RS256",)
    owns_ids: bool = False

    def __post_init__(self) -> None:
        if not self.algorithms or not set(self.algorithms) <= set(ALGORITHMS):
            raise ValueError(f"algorithms of an issuer are among {', '.join(ALGORITHMS)}")
        if (self.jwks_url is None) == (not self.keys):
            raise ValueError("an issuer has either jwks_url or pinned keys")


class Linked(Protocol):
    """An account as far as it matters here."""

    @property
    def fhir_user(self) -> str: ...
    @property
    def disabled(self) -> int | None: ...


@dataclass(frozen=True)
class External:
    """The trusted issuers of an installation. `audience` is our FHIR base.

    `linked` finds the account of (issuer, subject).
    """

    issuers: Sequence[Issuer]
    audience: str
    key_sets: KeySets
    linked: Callable[[str, str], Linked | None]
    clock: Callable[[], int]
    _by_name: dict[str, Issuer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({issuer.issuer: issuer for issuer in self.issuers})

    def authenticate(self, text: str) -> Principal:
        """Return who an access token stands for; raises Untrusted for any reason at all."""
        token = taken_apart(text, tuple(ALGORITHMS))
        name = token.claims.get("iss")
        issuer = self._by_name.get(name) if isinstance(name, str) else None
        if issuer is None or token.algorithm not in issuer.algorithms:
            raise Untrusted("issuer or algorithm not trusted")
        self._verify(token, issuer)
        check_times(token.claims, self.clock())
        check_purpose(token)
        _check_audience(token.claims.get("aud"), self.audience)
        return self._principal(token.claims, issuer)

    def _verify(self, token: Token, issuer: Issuer) -> None:
        if issuer.jwks_url is None:
            verify(token, issuer.keys, needs_kid=False)
        else:
            self.key_sets.verify(token, issuer.jwks_url)

    def _principal(self, claims: Mapping[str, Any], issuer: Issuer) -> Principal:
        client = claims.get("azp", claims.get("client_id"))
        subject = claims.get("sub")
        if not isinstance(client, str) or client not in issuer.clients:
            raise Untrusted("client not let in")
        if not isinstance(subject, str) or not subject:
            raise Untrusted("no subject")
        if claims.get("client_id", client) != client:
            raise Untrusted("azp and client_id differ")
        user, patient = self._person(claims, issuer, subject)
        scopes = Scopes.parse(str(claims.get("scope", "")))
        # A person's token never has a system's rights, whatever its issuer wrote.
        kind: Kind = "patient" if "patient" in scopes.contexts else "user"
        return Principal(kind, scopes, patient, user, f"{issuer.issuer}#{client}")

    def _person(
        self, claims: Mapping[str, Any], issuer: Issuer, subject: str
    ) -> tuple[str, str | None]:
        """Return the local user reference and the patient, from our links or trusted claims."""
        if issuer.owns_ids:
            user = _local(claims.get("fhirUser"), self.audience)
            patient = claims.get("patient")
            return user, patient if isinstance(patient, str) else _patient(user)
        account = self.linked(issuer.issuer, subject)
        if account is None or account.disabled is not None:
            raise Untrusted("nobody is linked")
        return account.fhir_user, _patient(account.fhir_user)


def create_external(
    issuers: Sequence[Issuer],
    audience: str,
    linked: Callable[[str, str], Linked | None],
    clock: Callable[[], int],
) -> External:
    """Return the validators of `issuers`, whose key sets may lie inside and are kept for a day."""
    urls = [urlsplit(issuer.jwks_url) for issuer in issuers if issuer.jwks_url is not None]
    trusted = frozenset(f"{url.scheme}://{url.netloc}" for url in urls)
    sets = KeySets(SafeFetcher(trusted=trusted), clock, stale=STALE)
    return External(issuers, audience, sets, linked, clock)


def either(
    own: Callable[[str | None], Principal], external: External
) -> Callable[[str | None], Principal]:
    """Return the function that knows our own tokens and those of the trusted issuers.

    A foreign token that is not believed is refused by `own`, with the one text it has for all.
    """

    def authenticate(authorization: str | None) -> Principal:
        found = JWT.fullmatch(authorization or "")
        if found is not None:
            try:
                return external.authenticate(found["token"])
            except Untrusted as error:
                log.info("A token of another issuer was refused: %s", error)
        return own(authorization)

    return authenticate


def check_times(claims: Mapping[str, Any], now: int) -> None:
    """Raise Untrusted unless `exp` is there and ahead, and `nbf` and `iat` are not."""
    expires = seconds(claims, "exp")
    if expires is None or expires * SECOND + LEEWAY <= now:
        raise Untrusted("expired")
    for name in ("nbf", "iat"):
        if (seconds(claims, name) or 0) * SECOND > now + LEEWAY:
            raise Untrusted(f"{name} is in the future")


def check_purpose(token: Token) -> None:
    """Raise Untrusted for an ID, refresh or logout token, or a client's assertion."""
    for word in (token.claims.get("typ"), token.header.get("typ")):
        if isinstance(word, str) and word.lower().removeprefix("application/") in NOT_ACCESS:
            raise Untrusted("not an access token")
    if token.claims.keys() & ONLY_OTHERS:
        raise Untrusted("not an access token")


def _check_audience(audience: object, ours: str) -> None:
    """Raise Untrusted unless `aud` is there and is, or lists, exactly our FHIR base."""
    listed = audience if isinstance(audience, list) else [audience]
    if ours not in listed or not all(isinstance(one, str) for one in listed):
        raise Untrusted("not for us")


def _patient(user: str) -> str | None:
    type_, _, id_ = user.partition("/")
    return id_ if type_ == "Patient" else None


def _local(fhir_user: object, base: str) -> str:
    """Return the relative reference in `fhirUser`; raises Untrusted for another server's."""
    text = fhir_user.removeprefix(f"{base}/") if isinstance(fhir_user, str) else ""
    type_, _, id_ = text.partition("/")
    if type_ not in {"Patient", "Practitioner"} or not id_ or "/" in id_:
        raise Untrusted("fhirUser is not one of ours")
    return text

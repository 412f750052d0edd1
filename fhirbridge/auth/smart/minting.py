"""Tokens made: what the client is told, and what is kept of it."""

from dataclasses import dataclass, field
from typing import Any

from fhirbridge.auth.scopes import Scopes
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND
from fhirbridge.auth.smart.records import Access, AppGrant, Refresh
from fhirbridge.auth.smart.secret import derived, digest, fresh
from fhirbridge.auth.smart.tables import Given
from fhirbridge.auth.tokens import Grant, Granted, Wanted, issue


@dataclass
class Collector:
    """A token table that only holds what is to be kept, until all of it is kept at once."""

    granted: list[Granted] = field(default_factory=list)

    def find(self, token_hash: bytes, /) -> Granted | None:
        del token_hash
        return None

    def add(self, grant: Granted, /) -> None:
        self.granted.append(grant)

    def revoke(self, token_hash: bytes, /) -> bool:
        del token_hash
        return False


def bearer(wanted: Wanted, now: int) -> tuple[str, Grant]:
    """Return a new access token and what is to be kept for it.

    A token for identity or our own endpoints alone gives no right to any resource.
    """
    if Scopes.parse(wanted.scopes).contexts:
        return issue(wanted, Collector(), now)
    token = fresh()
    kept = Grant(
        digest(token),
        "user" if wanted.user else "system",
        str(Scopes.parse(wanted.scopes)),
        wanted.patient,
        wanted.user,
        wanted.client,
        now,
        now + wanted.lifetime,
    )
    return token, kept


@dataclass(frozen=True, slots=True)
class Minted:
    """An access token, perhaps with a refresh token: the answer and what is kept."""

    answer: dict[str, Any]
    given: Given


def for_system(scopes: tuple[str, ...], client: str, parts: Parts) -> Minted:
    """Return a back end's token; it cannot be refreshed."""
    now, lifetime = parts.clock(), parts.policy.lifetimes.system_token
    text = " ".join(scopes)
    token, kept = bearer(Wanted(text, lifetime, client=client), now)
    access = Access(kept.hash, None, client, text, kept.expires)
    return Minted(_answer(token, text, lifetime), (kept, access, None))


def for_grant(grant: AppGrant, scopes: str, refresh: str | None, parts: Parts) -> Minted:
    """Return a token under `grant` for `scopes`, with its refresh token when there is to be one."""
    now, lifetimes = parts.clock(), parts.policy.lifetimes
    wanted = Wanted(scopes, lifetimes.user_token, grant.patient, grant.fhir_user, grant.client)
    token, kept = bearer(wanted, now)
    access = Access(kept.hash, grant.id, grant.client, scopes, kept.expires)
    answer = {**_answer(token, scopes, lifetimes.user_token), **context(grant)}
    if refresh is None:
        return Minted(answer, (kept, access, None))
    answer["refresh_token"] = refresh
    idle = min(now + lifetimes.refresh_idle, grant.expires)
    return Minted(
        answer, (kept, access, Refresh(digest(refresh), grant.id, grant.scopes, now, idle))
    )


def successor(refresh: str, parts: Parts) -> str:
    """Return the one refresh token that follows `refresh`: the same whenever it is asked for.

    So a lost answer can be repeated although only hashes are kept.
    """
    return derived(parts.secret, "refresh", refresh)


def context(grant: AppGrant) -> dict[str, Any]:
    """Return the launch context as the token response and introspection state it.

    https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#launch-context-arrives-with-your-access_token
    """
    found = {"patient": grant.patient, "encounter": grant.encounter, "intent": grant.intent}
    told: dict[str, Any] = {name: value for name, value in found.items() if value is not None}
    if grant.patient is not None:
        told["need_patient_banner"] = True
    return told


def identity(grant: AppGrant, parts: Parts) -> dict[str, Any]:
    """Return who logged in: `iss`, `sub` and, where it was granted, `fhirUser`.

    https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#scopes-for-requesting-identity-data
    """
    scopes = grant.scopes.split()
    if "openid" not in scopes:
        return {}
    told = {"iss": parts.policy.issuer, "sub": derived(parts.secret, "sub", grant.account)}
    if "fhirUser" in scopes or "profile" in scopes:
        told["fhirUser"] = f"{parts.policy.fhir_base}/{grant.fhir_user}"
    return told


def id_token(grant: AppGrant, parts: Parts) -> dict[str, str]:
    """Return the `id_token` of the response, or nothing when `openid` was not granted."""
    claims: dict[str, Any] = identity(grant, parts)
    if not claims:
        return {}
    claims["aud"] = grant.client
    claims["exp"] = (parts.clock() + parts.policy.lifetimes.identity_token) // SECOND
    claims["auth_time"] = grant.login_at // SECOND
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    return {"id_token": parts.signing.sign(claims)}


def _answer(token: str, scopes: str, lifetime: int) -> dict[str, Any]:
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime // SECOND,
        "scope": scopes,
    }

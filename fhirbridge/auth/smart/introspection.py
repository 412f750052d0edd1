"""What a token is worth: https://www.rfc-editor.org/rfc/rfc7662, with SMART's launch context.

https://hl7.org/fhir/smart-app-launch/token-introspection.html
"""

from typing import Any

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import InvalidRequestError  # type: ignore[import-untyped]

from fhirbridge.auth.smart.clients import BASIC
from fhirbridge.auth.smart.events import Event
from fhirbridge.auth.smart.grantable import INTROSPECT
from fhirbridge.auth.smart.minting import context, identity
from fhirbridge.auth.smart.oauth import NO_STORE, OAuthRequest, Reply
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND
from fhirbridge.auth.smart.records import AppGrant
from fhirbridge.auth.smart.secret import digest
from fhirbridge.auth.smart.server import SmartServer
from fhirbridge.auth.tokens import Granted, authenticate
from fhirbridge.fhir.errors import FhirError

INACTIVE = Reply(200, {"active": False}, NO_STORE)
CHALLENGE = 'Bearer realm="fhirbridge"'


class NoBearer(OAuth2Error):  # type: ignore[misc] # noqa: N818
    """The caller has no valid token; `sent` one that is not."""

    error = "invalid_token"
    status_code = 401

    def __init__(self, *, sent: bool) -> None:
        super().__init__()
        self.sent = sent

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        told = ', error="invalid_token"' if self.sent else ""
        return [*headers, ("WWW-Authenticate", CHALLENGE + told)]


class NotAllowed(OAuth2Error):  # type: ignore[misc] # noqa: N818
    """The caller is known and may not introspect."""

    error = "insufficient_scope"
    status_code = 403

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{INTROSPECT}"'
        return [*headers, ("WWW-Authenticate", challenge)]


def introspect(request: OAuthRequest, server: SmartServer) -> Reply:
    """Return whether the token in the form is active, and what it stands for, to who may know."""
    try:
        caller, rights = _caller(request, server)
        if INTROSPECT not in rights.split():
            raise NotAllowed
        token = request.parameters.get("token")
        if not token:
            raise InvalidRequestError("Missing token")
    except OAuth2Error as error:
        return server.refusal(error)
    reply, parts = _told(token, server.parts), server.parts
    if reply is not INACTIVE:
        patient = reply.body.get("patient")
        parts.witness(Event(parts.clock(), "introspection", request.address, None, caller, patient))
    return reply


def _caller(request: OAuthRequest, server: SmartServer) -> tuple[str | None, str]:
    """Return who calls, and their scopes: of a bearer token or, with Basic, as registered."""
    header = request.authorization
    if header[:6].lower() == "basic ":
        client = server.authenticate_client(request, [BASIC]).record
        return client.id, client.scopes
    try:
        authenticate(header or None, server.parts.tables.tokens, server.parts.clock())
    except FhirError:
        raise NoBearer(sent=bool(header)) from None
    access = server.parts.tables.grants.access(digest(header.split()[-1]))
    return (access.client, access.scopes) if access else (None, "")


def _told(token: str, parts: Parts) -> Reply:
    kept = parts.tables.tokens.find(digest(token))
    if kept is None:
        return _told_of_refresh(token, parts)
    if kept.expires <= parts.clock():
        return INACTIVE
    access = parts.tables.grants.access(kept.hash)
    grant = parts.tables.grants.find(access.grant_id) if access and access.grant_id else None
    told = _of_token(kept, access.scopes if access else kept.scopes)
    return Reply(200, told | (_of_grant(grant, parts) if grant else {}), NO_STORE)


def _told_of_refresh(token: str, parts: Parts) -> Reply:
    """Return what is known of a refresh token that can still be used."""
    refresh, now = parts.tables.grants.refresh(digest(token)), parts.clock()
    grant = parts.tables.grants.find(refresh.grant_id) if refresh else None
    if refresh is None or grant is None or refresh.used is not None or refresh.expires <= now:
        return INACTIVE
    if grant.revoked is not None:
        return INACTIVE
    told: dict[str, Any] = {"scope": refresh.scopes, "client_id": grant.client}
    told |= {"exp": refresh.expires // SECOND, "iat": refresh.issued // SECOND}
    return Reply(200, {"active": True} | told | _of_grant(grant, parts), NO_STORE)


def _of_token(kept: Granted, scopes: str) -> dict[str, Any]:
    told: dict[str, Any] = {"active": True, "scope": scopes, "token_type": "Bearer"}
    told |= {"exp": kept.expires // SECOND, "iat": kept.issued // SECOND}
    if kept.client is not None:
        told["client_id"] = kept.client
    if kept.patient is not None:
        told["patient"] = kept.patient
    return told


def _of_grant(grant: AppGrant, parts: Parts) -> dict[str, Any]:
    return context(grant) | identity(grant, parts)

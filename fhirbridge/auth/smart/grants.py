"""The three grant types, on Authlib's, with what is used up used up atomically.

https://www.rfc-editor.org/rfc/rfc6749#section-4, https://www.rfc-editor.org/rfc/rfc9700
"""

import logging
from typing import Any

from authlib.consts import default_json_headers  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    grants,
)
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]

from fhirbridge.auth.smart import minting
from fhirbridge.auth.smart.clients import ASSERTION, METHODS, RegisteredClient
from fhirbridge.auth.smart.events import Event
from fhirbridge.auth.smart.grantable import for_system, grantable, is_served
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.records import AppGrant, Refresh
from fhirbridge.auth.smart.secret import digest, fresh

log = logging.getLogger(__name__)

# The scope of an app that a portal opens.
LAUNCH = "launch"
Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]


class S256Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256 only, for every client; Authlib's own would take `plain` and by default."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 (Authlib's shape)

    def get_authorization_code_challenge(self, authorization_code: AppGrant) -> str:
        return authorization_code.challenge

    def get_authorization_code_challenge_method(self, authorization_code: AppGrant) -> str:
        del authorization_code
        return "S256"


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """A code for tokens, once. The other half, where codes come from, is consent.py."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_authorization_code(self, code: str, client: RegisteredClient) -> AppGrant | None:
        parts: Parts = self.server.parts
        grant = parts.tables.grants.by_code(digest(code))
        if grant is None or grant.client != client.record.id:
            return None
        if grant.code_used is not None:
            end_all(grant, self.request.address, parts)
            return None
        expired = grant.code_expires <= parts.clock()
        return None if expired or grant.revoked is not None else grant

    def create_token_response(self) -> Answer:
        parts: Parts = self.server.parts
        grant: AppGrant = self.request.authorization_code
        check_person(grant, parts)
        refresh = None if grant.refreshes == "never" else fresh()
        minted = minting.for_grant(grant, grant.scopes, refresh, parts)
        if not parts.tables.grants.exchange(grant.code, minted.given, parts.clock()):
            # Somebody else used the code in the meantime: one of us is not the app.
            end_all(grant, self.request.address, parts)
            raise InvalidGrantError("The code cannot be used")
        return 200, minted.answer | minting.id_token(grant, parts), default_json_headers


class RefreshTokenGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    """A refresh token for its successor. A second use ends it all, unless an answer was lost."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        client: RegisteredClient = self._validate_request_client()
        self.request.client = client
        text = self.request.form.get("refresh_token")
        if not text:
            raise InvalidRequestError("Missing refresh_token")
        parts: Parts = self.server.parts
        self.refresh = parts.tables.grants.refresh(digest(text))
        found = self.refresh and parts.tables.grants.find(self.refresh.grant_id)
        if not found or found.client != client.record.id:
            raise InvalidGrantError("The refresh token cannot be used")
        self.grant: AppGrant = found
        self.next = minting.successor(text, parts)

    def create_token_response(self) -> Answer:
        parts: Parts = self.server.parts
        refresh, grant = self.refresh, self.grant
        if refresh is None or not self._is_in_force(refresh, grant):
            raise InvalidGrantError("The refresh token cannot be used")
        check_person(grant, parts)
        scopes = self._scopes(refresh)
        minted = minting.for_grant(grant, scopes, self.next, parts)
        if not parts.tables.grants.rotate(refresh.hash, minted.given, parts.clock()):
            minted = self._repeated(refresh, scopes)
        return 200, minted.answer, default_json_headers

    def _is_in_force(self, refresh: Refresh, grant: AppGrant) -> bool:
        parts: Parts = self.server.parts
        now = parts.clock()
        if grant.revoked is not None or now >= min(refresh.expires, grant.expires):
            return False
        session = grant.refreshes != "online" or parts.tables.sessions.find(grant.session, now)
        return bool(session)

    def _scopes(self, refresh: Refresh) -> str:
        """Return the scopes of the new access token: those asked for, never more than granted."""
        asked = self.request.payload.scope
        if not asked:
            return refresh.scopes
        if set(grantable(asked, refresh.scopes)) != set(asked.split()):
            raise InvalidScopeError("More than was granted")
        return " ".join(dict.fromkeys(asked.split()))

    def _repeated(self, refresh: Refresh, scopes: str) -> minting.Minted:
        """Return the same successor again if the answer may have been lost, else end it all."""
        parts: Parts = self.server.parts
        table, now = parts.tables.grants, parts.clock()
        first = table.refresh(refresh.hash)
        used = first.used if first else None
        following = table.refresh(digest(self.next))
        recent = used is not None and 0 <= now - used <= parts.policy.lifetimes.refresh_grace
        if recent and following is not None and following.used is None:
            minted = minting.for_grant(self.grant, scopes, None, parts)
            if table.give(self.grant.id, minted.given):
                return minting.Minted(minted.answer | {"refresh_token": self.next}, minted.given)
        end_all(self.grant, self.request.address, parts)
        raise InvalidGrantError("The refresh token cannot be used")


class ClientCredentialsGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]
    """A back end's own token: signed assertions only, scopes as registered, no refreshing."""

    TOKEN_ENDPOINT_AUTH_METHODS = [ASSERTION]  # noqa: RUF012 (Authlib's shape)

    def create_token_response(self) -> Answer:
        parts: Parts = self.server.parts
        record = self.request.client.record
        asked = self.request.payload.scope or ""
        granted = grantable(asked, record.scopes)
        scopes = tuple(one for one in granted if is_served(one, parts.policy.types))
        if not scopes or for_system(granted) != granted:
            raise InvalidScopeError("Scopes of a back end are system scopes that it registered")
        minted = minting.for_system(scopes, record.id, parts)
        if not parts.tables.grants.give(None, minted.given):
            raise InvalidGrantError("The client is gone")
        return 200, minted.answer, default_json_headers


def end_all(grant: AppGrant, address: str, parts: Parts) -> None:
    """End all that came of a grant, for what may be used once was used again: a theft, perhaps."""
    now = parts.clock()
    parts.tables.grants.revoke(grant.id, now)
    log.warning("A code or refresh token was used twice: all that came of its grant has ended")
    whose = (grant.fhir_user, grant.client, grant.patient, grant.scopes)
    parts.witness(Event(now, "token-reused", address, *whose))


def check_person(grant: AppGrant, parts: Parts) -> None:
    """Raise InvalidGrantError when the person was shut out or linked to somebody else since.

    Or is a practitioner who chose a patient they have nothing to do with any more; for whom a
    portal opens an app, the portal knows.
    """
    account = parts.tables.users.find(grant.account)
    if account is None or account.disabled is not None or account.fhir_user != grant.fhir_user:
        raise InvalidGrantError("The person's access has ended")
    launched = LAUNCH in grant.scopes.split()
    if account.patient is None and grant.patient is not None and not launched:
        practitioner = account.fhir_user.partition("/")[2]
        if not parts.policy.relations.has(practitioner, grant.patient):
            raise InvalidGrantError("The person has nothing to do with the patient any more")

"""Ending tokens: https://www.rfc-editor.org/rfc/rfc7009."""

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import InvalidRequestError  # type: ignore[import-untyped]

from fhirbridge.auth.smart.events import Event
from fhirbridge.auth.smart.oauth import NO_STORE, OAuthRequest, Reply
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.secret import digest
from fhirbridge.auth.smart.server import SmartServer


def revoke(request: OAuthRequest, server: SmartServer) -> Reply:
    """End the client's own token in the form; 200 for any other, which nothing happens to."""
    try:
        client = server.authenticate_client(request)
        token = request.parameters.get("token")
        if not token:
            raise InvalidRequestError("Missing token")
    except OAuth2Error as error:
        return server.refusal(error)
    parts, id_ = server.parts, client.record.id
    if not _end(token, id_, parts):
        parts.witness(Event(parts.clock(), "revocation-refused", request.address, client=id_))
    return Reply(200, {}, NO_STORE)


def _end(token: str, client: str, parts: Parts) -> bool:
    """End an access token alone, or a refresh token with everything of its grant.

    Returns False, and ends nothing, when the token is another client's.
    """
    tables = parts.tables
    access = tables.grants.access(digest(token))
    refresh = tables.grants.refresh(digest(token))
    grant = tables.grants.find(refresh.grant_id) if refresh else None
    if any(one is not None and one.client != client for one in (access, grant)):
        return False
    if access is not None:
        tables.tokens.revoke(access.hash)
    if grant is not None:
        tables.grants.revoke(grant.id, parts.clock())
    return True

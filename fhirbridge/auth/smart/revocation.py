"""Ending tokens: https://www.rfc-editor.org/rfc/rfc7009."""

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import InvalidRequestError  # type: ignore[import-untyped]

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
    _end(token, client.record.id, server.parts)
    return Reply(200, {}, NO_STORE)


def _end(token: str, client: str, parts: Parts) -> None:
    """End an access token alone, or a refresh token with everything of its grant."""
    tables = parts.tables
    access = tables.grants.access(digest(token))
    if access is not None and access.client == client:
        tables.tokens.revoke(access.hash)
    refresh = tables.grants.refresh(digest(token))
    grant = tables.grants.find(refresh.grant_id) if refresh else None
    if grant is not None and grant.client == client:
        tables.grants.revoke(grant.id, parts.clock())

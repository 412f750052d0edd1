"""Dynamic registration, off unless an initial access token is configured.

https://www.rfc-editor.org/rfc/rfc7591. What registers itself gets a patient's reading scopes at
most; anything more is `fhirbridge client add`, by staff.
"""

import hmac
import json
from typing import Any

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]

from fhirbridge.auth.jwt import PRIVATE, Untrusted
from fhirbridge.auth.key_sets import key_set
from fhirbridge.auth.public_url import RefusedURL, checked
from fhirbridge.auth.smart.clients import ASSERTION, BASIC, NONE, POST
from fhirbridge.auth.smart.grantable import grantable
from fhirbridge.auth.smart.introspection import NoBearer
from fhirbridge.auth.smart.oauth import NO_STORE, Reply
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND
from fhirbridge.auth.smart.records import Client
from fhirbridge.auth.smart.redirect_uri import is_redirect_uri
from fhirbridge.auth.smart.secret import digest, fresh
from fhirbridge.auth.smart.server import SmartServer
from fhirbridge.fhir.errors import FhirError
from fhirbridge.fhir.json import parse

MOST = (
    "openid fhirUser launch launch/patient offline_access online_access patient/*.rs patient/*.read"
)
LONGEST_NAME = 100
KEYS = ("jwks", "jwks_uri")
MOST_URIS = 10


class BadMetadata(OAuth2Error):  # type: ignore[misc] # noqa: N818
    """The registration cannot be taken: https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2."""

    error = "invalid_client_metadata"


class BadRedirectUri(OAuth2Error):  # type: ignore[misc] # noqa: N818
    """A redirect URI cannot be registered."""

    error = "invalid_redirect_uri"


def register(authorization: str, body: bytes, server: SmartServer) -> Reply:
    """Return the registered client, its secret shown this once, or why it was not registered."""
    parts = server.parts
    try:
        _check_token(authorization, parts)
        told = _object(body)
        client, secret = registered(told, parts)
        parts.tables.clients.add(client)
    except OAuth2Error as error:
        return server.refusal(error)
    answer: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": client.created // SECOND,
        "client_name": client.name,
        "redirect_uris": client.redirect_uris.split(),
        "scope": client.scopes,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": told.get("token_endpoint_auth_method", BASIC),
    }
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    answer |= {name: told[name] for name in KEYS if told.get(name) and client.asymmetric}
    return Reply(201, answer, NO_STORE)


def registered(told: dict[str, Any], parts: Parts) -> tuple[Client, str | None]:
    """Return the client that the metadata describes and its secret, if it has one."""
    method = told.get("token_endpoint_auth_method", BASIC)
    if method not in (BASIC, POST, ASSERTION, NONE):  # a set would have to hash it
        raise BadMetadata("token_endpoint_auth_method is not supported")
    name, scope = told.get("client_name", ""), told.get("scope", MOST)
    if not isinstance(name, str) or not isinstance(scope, str) or not name.isprintable():
        raise BadMetadata("client_name and scope are texts")
    secret = fresh() if method in {BASIC, POST} else None
    jwks, jwks_url = _keys(told) if method == ASSERTION else (None, None)
    client = Client(
        id=fresh(),
        name=name[:LONGEST_NAME] or "?",
        redirect_uris=" ".join(_redirect_uris(told)),
        scopes=" ".join(grantable(scope, MOST)),
        created=parts.clock(),
        secret=secret and parts.passwords.hashed(secret),
        jwks=jwks,
        jwks_url=jwks_url,
    )
    return client, secret


def _check_token(authorization: str, parts: Parts) -> None:
    expected = parts.policy.registration_token
    scheme, _, token = authorization.partition(" ")
    if expected is None or scheme.lower() != "bearer":
        raise NoBearer(sent=bool(authorization))
    if not hmac.compare_digest(digest(token), expected):
        raise NoBearer(sent=True)


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = parse(body, max_depth=8)
    except FhirError:
        raise BadMetadata("Not JSON") from None
    if not isinstance(told, dict):
        raise BadMetadata("Not a JSON object")
    return told


def _redirect_uris(told: dict[str, Any]) -> list[str]:
    uris = told.get("redirect_uris")
    if not isinstance(uris, list) or not 0 < len(uris) <= MOST_URIS:
        raise BadRedirectUri("redirect_uris is a list")
    if not all(isinstance(uri, str) and is_redirect_uri(uri) for uri in uris):
        raise BadRedirectUri("A redirect URI is https, a loopback address or an own scheme")
    return uris


def _keys(told: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the keys or their URL; raises BadMetadata unless there is exactly one of them."""
    jwks, url = told.get("jwks"), told.get("jwks_uri")
    if (jwks is None) == (url is None):
        raise BadMetadata("private_key_jwt needs either jwks or jwks_uri")
    try:
        if url is not None:
            checked(str(url))
            return None, str(url)
        text = json.dumps(jwks)
        if any(PRIVATE & key.keys() for key in key_set(text)):
            raise BadMetadata("jwks holds a private key")
    except (RefusedURL, Untrusted, ValueError, TypeError):
        raise BadMetadata("jwks or jwks_uri cannot be used") from None
    return text, None

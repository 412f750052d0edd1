"""Logging in through an external OpenID provider; our link table says whose account it is.

https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth. State, nonce and PKCE verifier
are derived from one random handshake that lies in a cookie of this browser.
"""

import base64
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import (  # type: ignore[import-untyped]
    create_s256_code_challenge,
)
from flask import Response, request

from fhirbridge.auth.external import check_times
from fhirbridge.auth.jwt import Untrusted, taken_apart
from fhirbridge.auth.keys import NotFetched
from fhirbridge.auth.public_url import RefusedURL
from fhirbridge.auth.smart.browser import Browser
from fhirbridge.auth.smart.login_page import go_on
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import LoginProvider
from fhirbridge.auth.smart.records import Account
from fhirbridge.auth.smart.secret import derived, fresh, same
from fhirbridge.auth.smart.server import SmartServer
from fhirbridge.fhir.errors import FhirError
from fhirbridge.fhir.json import parse

log = logging.getLogger(__name__)

COOKIE = "handshake"
LIFETIME = 600
# A cookie holds 4 KiB; a longer request of an app is not carried across.
LONGEST = 3000


def begin(server: SmartServer, name: str) -> Response:
    """Send the browser to the provider called `name`."""
    browser, provider = Browser(server.parts), _provider(server, name)
    if provider is None:
        return browser.page("message.html", "error", 404, error="not_an_app")
    handshake, text = fresh(), request.args.get("request", "")
    carried = text if len(text) <= LONGEST else ""
    browser.remember(COOKIE, f"{handshake}.{_packed(carried)}", LIFETIME)
    verifier = _secret(server.parts, "verifier", provider, handshake)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": _callback(server.parts, provider),
        "scope": "openid",
        "state": _secret(server.parts, "state", provider, handshake),
        "nonce": _secret(server.parts, "nonce", provider, handshake),
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    return browser.go(add_params_to_uri(provider.authorization_endpoint, list(asked.items())))


def finish(server: SmartServer, name: str) -> Response:
    """Log in whom the provider names, if somebody linked them, and go on."""
    browser, provider = Browser(server.parts), _provider(server, name)
    handshake, _, carried = browser.remembered(COOKIE).partition(".")
    browser.remember(COOKIE, "", 0)
    if provider is None or not handshake:
        return browser.page("message.html", "error", 403, error="stale")
    try:
        account = _account(provider, handshake, server.parts)
    except (Untrusted, NotFetched, RefusedURL, FhirError) as error:
        log.warning("The login through %s failed: %s", provider.id, error)
        browser.tell("login-refused")
        return browser.page("message.html", "error", 403, error="stale")
    if account is None or account.disabled is not None:
        browser.tell("login-refused", account.fhir_user if account else None)
        return browser.page("message.html", "error", 403, error="not_linked")
    return go_on(browser, account, _unpacked(carried))


def _account(provider: LoginProvider, handshake: str, parts: Parts) -> Account | None:
    """Return the account linked to whoever the answer is about; raises Untrusted."""
    state = _secret(parts, "state", provider, handshake)
    if not same(request.args.get("state", ""), state):
        raise Untrusted("another state")
    if request.args.get("iss", provider.issuer) != provider.issuer:
        raise Untrusted("another issuer")
    token = taken_apart(_id_token(provider, handshake, parts), provider.algorithms)
    parts.key_sets.verify(token, provider.jwks_url, needs_kid=False)
    check_times(token.claims, parts.clock())
    nonce = _secret(parts, "nonce", provider, handshake)
    return parts.tables.users.linked(provider.issuer, _subject(token.claims, provider, nonce))


def _subject(claims: Mapping[str, Any], provider: LoginProvider, nonce: str) -> str:
    """Return `sub`; raises Untrusted unless the ID token is from the provider, for us and fresh.

    https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
    """
    subject = claims.get("sub")
    if claims.get("iss") != provider.issuer or claims.get("nonce") != nonce:
        raise Untrusted("another issuer or nonce")
    if claims.get("aud") not in (provider.client_id, [provider.client_id]):
        raise Untrusted("another audience")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise Untrusted("another party")
    if not isinstance(subject, str) or not subject:
        raise Untrusted("no subject")
    return subject


def _id_token(provider: LoginProvider, handshake: str, parts: Parts) -> str:
    """Return the ID token for the code in the answer; raises Untrusted or NotFetched."""
    code = request.args.get("code", "")
    if not code:
        raise Untrusted("no code")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _callback(parts, provider),
        "client_id": provider.client_id,
        "code_verifier": _secret(parts, "verifier", provider, handshake),
    }
    headers = _basic(provider) if provider.client_secret is not None else ()
    answer = parts.key_sets.fetcher.post(provider.token_endpoint, urlencode(form), headers)
    told = parse(answer.body)
    token = told.get("id_token") if isinstance(told, dict) else None
    if not isinstance(token, str):
        raise Untrusted("no ID token")
    return token


def _basic(provider: LoginProvider) -> tuple[tuple[str, str], ...]:
    plain = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret or '')}"
    return (("Authorization", f"Basic {base64.b64encode(plain.encode()).decode()}"),)


def _provider(server: SmartServer, name: str) -> LoginProvider | None:
    return next((one for one in server.parts.policy.providers if one.id == name), None)


def _callback(parts: Parts, provider: LoginProvider) -> str:
    return parts.policy.url(f"external/{provider.id}/callback")


def _secret(parts: Parts, purpose: str, provider: LoginProvider, handshake: str) -> str:
    return derived(parts.secret, purpose, provider.id, handshake)


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str:
    """Return what `_packed` took; "" for anything else, since it comes from a cookie."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""

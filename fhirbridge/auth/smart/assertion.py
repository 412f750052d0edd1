"""Client assertions (private_key_jwt), as SMART narrows RFC 7523.

https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
"""

import logging

from fhirbridge.auth.jwt import Token, Untrusted, seconds, taken_apart, verify
from fhirbridge.auth.key_sets import key_set
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND
from fhirbridge.auth.smart.records import Client

log = logging.getLogger(__name__)

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("RS384", "ES384")
LONGEST_JTI = 256


def asserted(text: str, parts: Parts) -> Client:
    """Return the client that made the assertion and uses it up; raises Untrusted."""
    token = taken_apart(text, ALGORITHMS)
    subject = token.claims.get("sub")
    client = parts.tables.clients.find(subject) if isinstance(subject, str) else None
    if client is None or not client.asymmetric:
        raise Untrusted("no such client with keys")
    _check_names(token, client, parts.policy.url("token"))
    expires = _check_times(token, parts)
    jti = token.claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise Untrusted("jti is not a short text")
    _check_signature(token, client, parts)
    if not parts.tables.assertions.use(client.id, jti, expires):
        raise Untrusted("used before")
    return client


def _check_names(token: Token, client: Client, token_url: str) -> None:
    """Raise Untrusted unless type, issuer, audience and key URL are the only ones allowed.

    One audience: a token made for several servers could be passed on by one of them.
    """
    if token.header.get("typ") != "JWT":
        raise Untrusted("typ is not JWT")
    if token.claims.get("iss") != client.id:
        raise Untrusted("iss is not sub")
    if token.claims.get("aud") != token_url:
        raise Untrusted("aud is not the token URL alone")
    if "jku" in token.header and token.header["jku"] != client.jwks_url:
        raise Untrusted("jku is not the registered one")


def _check_times(token: Token, parts: Parts) -> int:
    """Return until when the jti must be remembered (µs); raises Untrusted."""
    now, lifetimes = parts.clock(), parts.policy.lifetimes
    expires = seconds(token.claims, "exp")
    if expires is None:
        raise Untrusted("no exp")
    left = expires * SECOND - now
    if not -lifetimes.leeway < left <= lifetimes.assertion + lifetimes.leeway:
        raise Untrusted("exp is past or too far ahead")
    for name in ("iat", "nbf"):
        if (seconds(token.claims, name) or 0) * SECOND > now + lifetimes.leeway:
            raise Untrusted(f"{name} is in the future")
    return expires * SECOND + lifetimes.leeway


def _check_signature(token: Token, client: Client, parts: Parts) -> None:
    if client.jwks is not None:
        verify(token, key_set(client.jwks))
    elif client.jwks_url is not None:
        parts.key_sets.verify(token, client.jwks_url)

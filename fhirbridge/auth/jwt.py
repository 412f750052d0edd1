"""Signed JWTs of others, read strictly: https://www.rfc-editor.org/rfc/rfc8725.

The header is looked at before any key is: size, duplicate members, `crit`, `b64`, embedded keys and
unlisted algorithms are refused; then one key is chosen by kid, type and algorithm.
"""

import base64
import binascii
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.errors import FhirError
from fhirbridge.fhir.json import parse

log = logging.getLogger(__name__)

Key = Mapping[str, Any]

LARGEST = 8 * 1024
DEEPEST = 16
PART = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
# Key type and, for curves, the one that the algorithm is defined on: RFC 7518 section 3.1.
ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
}
SHORTEST_RSA = 2048
# Where a header says which key to use (`jwk`, `x5c`, `x5u`) nobody listens; `jku` is compared with
# what is registered by whoever registers one.
FORBIDDEN = frozenset({"crit", "b64"})
# The one way to write it in JSON. No claim needs it, and PostgreSQL keeps no text that holds it.
NUL = rb"\u0000"


class Untrusted(Exception):  # noqa: N818 (a meaning, not a mishap)
    """The token is not to be believed. Its text is for the log, not for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A JWT taken apart, signature not looked at yet."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def algorithm(self) -> str:
        """The signature algorithm the header names."""
        return str(self.header["alg"])


def taken_apart(text: str, algorithms: Collection[str]) -> Token:
    """Return the parts of `text`; raises Untrusted unless it is a JWS by one of `algorithms`."""
    parts = text.split(".")
    if len(text) > LARGEST or len(parts) != len(("header", "payload", "signature")):
        raise Untrusted("not a signed JWT of decent size")
    if not all(PART.fullmatch(part) for part in parts):
        raise Untrusted("not base64url")
    header, claims = _object(parts[0]), _object(parts[1])
    if FORBIDDEN & header.keys():
        raise Untrusted("critical header extensions")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise Untrusted("algorithm not allowed")
    return Token(text, header, claims)


def verify(token: Token, keys: Sequence[Key], *, needs_kid: bool = True) -> None:
    """Raise Untrusted unless exactly one of the JWKs fits the token and signed it."""
    # Most processes never verify one: this costs time at start, and memory.
    from joserfc import jws  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415

    key = _import(chosen(token, keys, needs_kid=needs_kid))
    registry = jws.JWSRegistry(algorithms=[token.algorithm], strict_check_header=False)
    registry.max_header_length = LARGEST
    try:
        jws.deserialize_compact(token.text, key, registry=registry)
    except (JoseError, ValueError, TypeError) as error:
        raise Untrusted("bad signature") from error


def chosen(token: Token, keys: Sequence[Key], *, needs_kid: bool = True) -> Key:
    """Return the one JWK that fits the token's kid and algorithm; raises Untrusted.

    Without `needs_kid` a set of one key needs no name:
    https://openid.net/specs/openid-connect-core-1_0.html#Signing
    """
    if any(PRIVATE & key.keys() for key in keys):
        log.error("A private key was published in a JWKS: it must be replaced")
        raise Untrusted("a private key was published")
    named = _named(token, keys, needs_kid=needs_kid)
    fitting = [key for key in named if _fits(key, token.algorithm)]
    if len(fitting) != 1:
        raise Untrusted("no or several keys fit")
    return fitting[0]


def _named(token: Token, keys: Sequence[Key], *, needs_kid: bool) -> Sequence[Key]:
    kid = token.header.get("kid")
    if not needs_kid and len(keys) == 1 and (kid is None or "kid" not in keys[0]):
        return keys
    if not isinstance(kid, str) or not kid:
        raise Untrusted("no kid")
    found = [key for key in keys if key.get("kid") == kid]
    if not found:
        raise UnknownKey("unknown kid")
    return found


class UnknownKey(Untrusted):
    """No key has that kid: the set may be out of date."""


def seconds(claims: Mapping[str, Any], name: str) -> int | None:
    """Return a NumericDate claim in whole seconds, None when absent; raises Untrusted if odd."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if type(value) is not int or not 0 <= value < 2**40:
        raise Untrusted(f"{name} is not a date")
    return value


def _fits(key: Key, algorithm: str) -> bool:
    type_, curve = ALGORITHMS[algorithm]
    return (
        key.get("kty") == type_
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (curve is None or key.get("crv") == curve)
        and "verify" in key.get("key_ops", ("verify",))
    )


def _import(key: Key) -> Any:
    """Return joserfc's key; raises Untrusted."""
    from joserfc import jwk  # noqa: PLC0415 (as above)
    from joserfc.errors import JoseError  # noqa: PLC0415

    names = ("kty", "n", "e", "crv", "x", "y")
    plain = {name: key[name] for name in names if isinstance(key.get(name), str)}
    if plain.get("kty") == "RSA" and _bits(plain.get("n", "")) < SHORTEST_RSA:
        raise Untrusted("RSA key too short")
    try:
        return jwk.import_key(plain)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Untrusted("unusable key") from error


def _bits(number: str) -> int:
    """Return how many bits a base64url number has."""
    return int.from_bytes(_decoded(number)).bit_length()


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Untrusted("not base64url") from error


def _object(part: str) -> dict[str, Any]:
    decoded = _decoded(part)
    if NUL in decoded:
        raise Untrusted("holds NUL")
    try:
        value = parse(decoded, max_depth=DEEPEST)
    except FhirError as error:
        raise Untrusted("not a JSON object") from error
    if not isinstance(value, dict):
        raise Untrusted("not a JSON object")
    return value

"""The keys that sign ID tokens: one per slot of time, the next one published before it is used.

Private keys are sealed with a key that is not in the database.
https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from joserfc import jwt
from joserfc.jwk import RSAKey

from fhirbridge.auth.smart.policy import DAY, SECOND, Lifetimes
from fhirbridge.auth.smart.tables import SigningKeyTable
from fhirbridge.fhir.identity import subkey

ALGORITHM = "RS256"
BITS = 2048
# A key is published this long after its last signature: longer than any ID token lives.
PUBLISHED_AFTER = DAY


@dataclass(frozen=True)
class SigningKeys:
    """The signing keys of an installation. `secret` seals them, `clock` is in microseconds."""

    table: SigningKeyTable
    secret: bytes = field(repr=False)
    clock: Callable[[], int]
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    _opened: dict[int, RSAKey] = field(default_factory=dict, repr=False)

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a JWT of `claims` by the current key; `iat` is added."""
        now = self.clock()
        key = self._key(now // self.lifetimes.signing_key)
        header = {"alg": ALGORITHM, "kid": str(key.kid), "typ": "JWT"}
        return jwt.encode(header, {**claims, "iat": now // SECOND}, key, algorithms=[ALGORITHM])

    def published(self) -> dict[str, Any]:
        """Return the JWK Set of the current and next key, and of the last one for a day."""
        slot, since = divmod(self.clock(), self.lifetimes.signing_key)
        slots = [slot, slot + 1]
        if since < PUBLISHED_AFTER and self.table.find(slot - 1) is not None:
            slots.insert(0, slot - 1)
        return {"keys": [self._public(one) for one in slots]}

    def _public(self, slot: int) -> dict[str, Any]:
        key = self._key(slot)
        return {**key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": ALGORITHM}

    def _key(self, slot: int) -> RSAKey:
        """Return the key of `slot`, made now if no process has made it yet."""
        opened = self._opened.get(slot)
        if opened is None:
            kept = self.table.find(slot) or self.table.keep(slot, self._sealed(slot))
            opened = self._opened[slot] = self._unsealed(slot, kept)
        return opened

    def _sealed(self, slot: int) -> bytes:
        key = RSAKey.generate_key(BITS, auto_kid=True)
        plain = json.dumps({**key.as_dict(private=True), "kid": key.kid}).encode()
        return self._cipher().encrypt(plain, [str(slot).encode()])

    def _unsealed(self, slot: int, sealed: bytes) -> RSAKey:
        return RSAKey.import_key(json.loads(self._cipher().decrypt(sealed, [str(slot).encode()])))

    def _cipher(self) -> AESSIV:
        return AESSIV(subkey(self.secret, "signing-keys"))

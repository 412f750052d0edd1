"""Ids derived from what the source calls a thing: stable, and not to be guessed without the key.

https://hl7.org/fhir/R4/datatypes.html#id
"""

import hashlib
import hmac
import uuid
from dataclasses import dataclass, field

VERSION_8 = 8 << 76
VERSION_MASK = 0xF << 76
VARIANT = 2 << 62
VARIANT_MASK = 3 << 62


@dataclass(frozen=True, slots=True)
class Identity:
    """Derives ids under one secret key, which never rotates: with another all ids change."""

    key: bytes = field(repr=False)

    def derive(self, source: str, kind: str, key: str) -> str:
        """Return the id of what `source` calls `key` among its `kind`, in UUID form (version 8)."""
        parts = (part.encode() for part in (source, kind, key))
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        digest = hmac.digest(self.key, message, hashlib.sha256)
        number = int.from_bytes(digest[:16], "big")
        number = number & ~VERSION_MASK & ~VARIANT_MASK | VERSION_8 | VARIANT
        return str(uuid.UUID(int=number))


def subkey(secret: bytes, purpose: str) -> bytes:
    """Return the 32-byte key for `purpose` ("ids", "tokens", "pages"), derived from `secret`.

    HKDF-SHA256 of one block: https://www.rfc-editor.org/rfc/rfc5869
    """
    extracted = hmac.digest(b"fhirbridge", secret, hashlib.sha256)
    return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)

"""Secrets: made, hashed, compared. Random ones fast, those that people choose slowly.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

SALT, KEY = 16, 32


def fresh() -> str:
    """Return 256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Return what is kept of a random secret."""
    return hashlib.sha256(secret.encode()).digest()


def derived(key: bytes, purpose: str, *parts: str) -> str:
    """Return 43 URL-safe characters that only the holder of `key` can compute from the parts."""
    encoded = (part.encode() for part in (purpose, *parts))
    message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return base64url(hmac.digest(key, message, hashlib.sha256))


def base64url(value: bytes) -> str:
    """Return `value` in the URL-safe alphabet without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def same(one: str, other: str) -> bool:
    """Return whether two texts are equal, in time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


@dataclass(frozen=True, slots=True)
class Passwords:
    """scrypt. `cost` is its N; hashes remember the cost they were made with."""

    cost: int = 2**14
    blocks: int = 8
    lanes: int = 5

    def hashed(self, password: str) -> str:
        """Return what is kept of a password or client secret."""
        salt = secrets.token_bytes(SALT)
        key = _scrypt(password, salt, self.cost, self.blocks, self.lanes)
        numbers = f"{self.cost}${self.blocks}${self.lanes}"
        return f"scrypt${numbers}${base64url(salt)}${base64url(key)}"

    def match(self, password: str, kept: str | None) -> bool:
        """Return whether `password` is the kept one; as slow when nothing is kept."""
        if kept is None:
            _scrypt(password, bytes(SALT), self.cost, self.blocks, self.lanes)
            return False
        try:
            _, cost, blocks, lanes, salt, key = kept.split("$")
            found = _scrypt(password, _decoded(salt), int(cost), int(blocks), int(lanes))
            return hmac.compare_digest(found, _decoded(key))
        except (ValueError, binascii.Error):
            return False


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _scrypt(password: str, salt: bytes, cost: int, blocks: int, lanes: int) -> bytes:
    memory = 128 * blocks * (cost + lanes) + 2**20
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=cost, r=blocks, p=lanes, maxmem=memory, dklen=KEY)

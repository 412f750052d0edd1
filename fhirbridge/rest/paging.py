"""The opaque token of a next link: where a page ended, readable by this server only.

AES-SIV is deterministic, so equal requests give equal links, and it authenticates: the token opens
only for the same caller, scopes and search that it was made for. Rights are never read from it:
each page is authorised anew. https://www.rfc-editor.org/rfc/rfc5297
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import Invalid
from fhirbridge.rest.query_string import Pairs
from fhirbridge.search.query import Cursor, Snapshot

PARAMETER = "_page"

# A token has 256 characters whatever it holds; only unusually long sort values take more blocks.
BLOCK = 176
LIFETIME = 10 * 60 * 1_000_000
TICK = 60 * 1_000_000


class Pages:
    """Seals cursors into tokens and opens them again; `key` has 32 bytes, `clock` microseconds."""

    def __init__(self, key: bytes, clock: Callable[[], int]) -> None:
        self._cipher = AESSIV(key)
        self._clock = clock

    def seal(self, cursor: Cursor, bound: Pairs) -> str:
        """Return the token of `cursor`, good for ten minutes for whoever has the same `bound`."""
        snapshot = cursor.snapshot and [cursor.snapshot.before, *cursor.snapshot.running]
        content = [self._clock() // TICK, cursor.row, snapshot, cursor.total, *cursor.sort]
        plain = orjson.dumps(content)
        padded = plain + b" " * (-len(plain) % BLOCK)
        return urlsafe_b64encode(self._cipher.encrypt(padded, [_association(bound)])).decode()

    def open(self, token: str, bound: Pairs) -> Cursor:
        """Return the cursor in `token`; raises Invalid, in one text whatever the cause."""
        try:
            sealed = urlsafe_b64decode(token.encode("ascii"))
            plain = self._cipher.decrypt(sealed, [_association(bound)])
            made, row, moment, total, *sort = orjson.loads(plain)
        except (InvalidTag, NotBase64, ValueError) as error:
            raise _unusable() from error
        if self._clock() - made * TICK > LIFETIME + TICK:
            raise _unusable()
        snapshot = moment and Snapshot(moment[0], tuple(moment[1:]))
        return Cursor(tuple(sort), row, snapshot, total)


def caller(principal: Principal) -> Pairs:
    """Return what a page link is bound to: another caller or other scopes cannot follow it."""
    return (
        ("kind", principal.kind),
        ("patient", principal.patient or ""),
        ("user", principal.user or ""),
        ("client", principal.client or ""),
        ("scopes", str(principal.scopes)),
    )


def _unusable() -> Invalid:
    text = "The page link is not valid, or no longer: repeat the search"
    return Invalid(text, expression=(f"http.{PARAMETER}",))


def _association(bound: Pairs) -> bytes:
    return orjson.dumps(bound)

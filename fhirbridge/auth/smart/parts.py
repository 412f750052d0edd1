"""What every endpoint works with, put together once by whoever mounts them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from fhirbridge.auth.key_sets import KeySets
from fhirbridge.auth.smart.events import Event, untold
from fhirbridge.auth.smart.policy import Limit, Policy
from fhirbridge.auth.smart.secret import Passwords
from fhirbridge.auth.smart.signing import SigningKeys
from fhirbridge.auth.smart.tables import Tables


@dataclass(frozen=True, slots=True)
class Parts:
    """The collaborators. `clock` is in microseconds; `secret` is a key of this server's own.

    `witness` is told what people do before the answer leaves; raising Unavailable it stops them.
    """

    policy: Policy
    tables: Tables
    clock: Callable[[], int]
    secret: bytes = field(repr=False)
    signing: SigningKeys
    key_sets: KeySets
    passwords: Passwords
    witness: Callable[[Event], object] = untold

    def tired_of(self, limit: Limit, *what: str) -> bool:
        """Return whether `what` failed more often of late than `limit` lets it."""
        return self.tables.attempts.count(_key(what), self.clock(), limit.window) >= limit.most

    def failed(self, limit: Limit, *what: str) -> None:
        """Count a failure of `what`."""
        self.tables.attempts.note(_key(what), self.clock(), limit.window)


def _key(what: tuple[str, ...]) -> bytes:
    """Return a key that keeps no name or address in the database."""
    return hashlib.sha256("\x1f".join(what).encode("utf-8", "surrogatepass")).digest()

"""Fetching what a stranger's URL names, safely.

Only https, listed ports, global addresses; the address that was checked is the one connected to;
no redirects, no proxy, no compressed bodies; 5 seconds and 1 MiB in all.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fhirbridge.auth.public_url import PORTS, Address, addresses, is_global

FAILED = "The URL could not be fetched"
Headers = Sequence[tuple[str, str]]
ALWAYS: Headers = (
    ("Accept", "application/json"),
    ("Accept-Encoding", "identity"),
    ("User-Agent", "fhirbridge"),
)


class NotFetched(Exception):  # noqa: N818
    """The fetch did not succeed. The text is the same for every cause."""


class Fetched(NamedTuple):
    """An answer with status 200."""

    body: bytes
    cache_control: str


@dataclass(frozen=True)
class SafeFetcher:
    """Fetches JSON of strangers. Times are seconds, sizes bytes.

    `trusted` are origins (`https://host:port`) that staff configured: they may be inside, the rest
    of the rules holds for them too.
    """

    resolve: Callable[[str, int], Sequence[str]] = addresses
    allowed: Callable[[Address], bool] = is_global
    ports: frozenset[int] = PORTS
    trusted: frozenset[str] = frozenset()
    timeout: float = 5.0
    largest: int = 2**20
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def fetch(self, url: str) -> Fetched:
        """Return what a GET of `url` answers with 200.

        Raises RefusedURL when the URL or an address of its host is not allowed, NotFetched when
        there was no complete and uncompressed answer of 200 in time.
        """
        return self._sent("GET", url, (), None)

    def post(self, url: str, form: str, headers: Headers = ()) -> Fetched:
        """Return what a POST of an encoded `form` answers with 200. Raises as `fetch`."""
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        return self._sent("POST", url, (kind, *headers), form.encode())

    def _sent(self, method: str, url: str, headers: Headers, content: bytes | None) -> Fetched:
        # Imported when it is needed: most that serve never fetch, and it takes long to load.
        from fhirbridge.auth.fetching import sent  # noqa: PLC0415

        return sent(self, method, url, [*ALWAYS, *headers], content)

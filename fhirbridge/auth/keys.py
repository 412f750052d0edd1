"""Fetching what a stranger's URL names, safely.

Only https, listed ports, global addresses; the address that was checked is the one connected to;
no redirects, no proxy, no compressed bodies; 5 seconds and 1 MiB in all.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import ssl
import time
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

import httpcore

from fhirbridge.auth.public_url import (
    PORTS,
    REFUSED,
    Address,
    RefusedURL,
    addresses,
    checked,
    is_global,
)

FAILED = "The URL could not be fetched"
Headers = Sequence[tuple[str, str]]
ALWAYS: Headers = (
    ("Accept", "application/json"),
    ("Accept-Encoding", "identity"),
    ("User-Agent", "fhirbridge"),
)
FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    OSError,
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
        parts = urlsplit(url)
        is_trusted = f"{parts.scheme}://{parts.netloc}" in self.trusted
        if not is_trusted:
            parts = checked(url, self.ports)
        backend = PinnedBackend(self, time.monotonic() + self.timeout, is_trusted=is_trusted)
        every = [("Host", parts.netloc), *ALWAYS, *headers]
        try:
            with (
                httpcore.ConnectionPool(self.tls, network_backend=backend) as pool,
                pool.stream(method, url, headers=every, content=content) as response,
            ):
                return self._read(response)
        except FAILURES as error:
            raise NotFetched(FAILED) from error

    def _read(self, response: httpcore.Response) -> Fetched:
        headers = {name.lower(): value for name, value in response.headers}
        encoded = headers.get(b"content-encoding", b"identity").lower() != b"identity"
        if response.status != 200 or encoded:  # noqa: PLR2004
            raise NotFetched(FAILED)
        body = b""
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > self.largest:
                raise NotFetched(FAILED)
        return Fetched(body, headers.get(b"cache-control", b"").decode("latin-1"))


class PinnedBackend(httpcore.NetworkBackend):
    """Resolves a name once, checks every address, connects to a checked one, keeps the deadline."""

    def __init__(self, fetcher: SafeFetcher, deadline: float, *, is_trusted: bool) -> None:
        self._fetcher = fetcher
        self._deadline = deadline
        self._is_trusted = is_trusted
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: typing.Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        found = self._fetcher.resolve(host, port)
        allowed = (self._fetcher.allowed(ipaddress.ip_address(one)) for one in found)
        if not found or not (self._is_trusted or all(allowed)):
            raise RefusedURL(REFUSED)
        stream = self._backend.connect_tcp(
            found[0], port, left(self._deadline), local_address, socket_options
        )
        return TimedStream(stream, self._deadline)


class TimedStream(httpcore.NetworkStream):
    """A stream whose every step ends before one deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, left(self._deadline))
        return TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._stream.get_extra_info(info)


def left(deadline: float) -> float:
    """Return the seconds until `deadline`; raises ReadTimeout when it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds

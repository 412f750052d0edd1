"""Fetching what a stranger's URL names, safely.

Only https, listed ports, global addresses; the address that was checked is the one connected to;
no redirects, no proxy, no compressed bodies; 5 seconds and 1 MiB in all.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import re
import socket
import ssl
import time
import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpcore

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = frozenset({443, 8443})
# One text whatever was wrong: the reason would tell a stranger what listens where.
REFUSED = "The URL is not one this server fetches from"
FAILED = "The URL could not be fetched"
NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+", re.ASCII)
ASCII_URL = re.compile(r"https://[\x21-\x7e]+", re.ASCII | re.IGNORECASE)
FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    OSError,
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
COMPATIBLE = ipaddress.ip_network("::/96")


class RefusedURL(Exception):  # noqa: N818
    """The URL will not be fetched. The text is the same for every cause."""


class NotFetched(Exception):  # noqa: N818
    """The fetch did not succeed. The text is the same for every cause."""


class Fetched(NamedTuple):
    """An answer with status 200."""

    body: bytes
    cache_control: str


def is_global(address: Address) -> bool:
    """Return whether an address is on the public internet, and so is the IPv4 one inside it."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return all(is_global(inner) for inner in embedded(address))


def embedded(address: Address) -> Iterable[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address stands for or tunnels to."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    found = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    yield from (inner for inner in found if inner is not None)
    if address in NAT64 or address in COMPATIBLE:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def checked(url: str, ports: frozenset[int] = PORTS) -> SplitResult:
    """Return the parts of a URL that may be fetched; raises RefusedURL without any look-up."""
    if ASCII_URL.fullmatch(url) is None or "\\" in url:
        raise RefusedURL(REFUSED)
    try:
        parts = urlsplit(url)
        port = parts.port or 443
        host = parts.hostname or ""
    except ValueError:
        raise RefusedURL(REFUSED) from None
    if "@" in parts.netloc or "%" in parts.netloc or parts.fragment or port not in ports:
        raise RefusedURL(REFUSED)
    if NAME.fullmatch(host) is None or host.rpartition(".")[2][0].isdigit():
        _check_literal(host)
    return parts


def _check_literal(host: str) -> None:
    """Raise RefusedURL unless `host` is a global address in its one canonical spelling."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise RefusedURL(REFUSED) from None
    if not is_global(address):
        raise RefusedURL(REFUSED)


def addresses(host: str, port: int) -> Sequence[str]:
    """Return what the system's resolver says; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class SafeFetcher:
    """Fetches JSON of strangers. Times are seconds, sizes bytes."""

    resolve: Callable[[str, int], Sequence[str]] = addresses
    allowed: Callable[[Address], bool] = is_global
    ports: frozenset[int] = PORTS
    timeout: float = 5.0
    largest: int = 2**20
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def fetch(self, url: str) -> Fetched:
        """Return what a GET of `url` answers with 200.

        Raises RefusedURL when the URL or an address of its host is not allowed, NotFetched when
        there was no complete and uncompressed answer of 200 in time.
        """
        parts = checked(url, self.ports)
        backend = PinnedBackend(self, time.monotonic() + self.timeout)
        headers = [
            ("Host", parts.netloc),
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", "fhirbridge"),
        ]
        try:
            with (
                httpcore.ConnectionPool(self.tls, network_backend=backend) as pool,
                pool.stream("GET", url, headers=headers) as response,
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

    def __init__(self, fetcher: SafeFetcher, deadline: float) -> None:
        self._fetcher = fetcher
        self._deadline = deadline
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
        allowed = all(self._fetcher.allowed(ipaddress.ip_address(one)) for one in found)
        if not found or not allowed:
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

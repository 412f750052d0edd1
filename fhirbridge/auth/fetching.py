"""The connection of a `SafeFetcher`: to the address that was checked, with one deadline for all.

https://www.encode.io/httpcore/network-backends/
"""

import ipaddress
import ssl
import time
import typing
from urllib.parse import urlsplit

import httpcore

from fhirbridge.auth.keys import FAILED, Fetched, Headers, NotFetched, SafeFetcher
from fhirbridge.auth.public_url import REFUSED, RefusedURL, checked

FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    OSError,
)


def sent(
    fetcher: SafeFetcher, method: str, url: str, headers: Headers, content: bytes | None
) -> Fetched:
    """Return what `url` answers with 200. Raises as `SafeFetcher.fetch`."""
    parts = urlsplit(url)
    is_trusted = f"{parts.scheme}://{parts.netloc}" in fetcher.trusted
    if not is_trusted:
        parts = checked(url, fetcher.ports)
    backend = PinnedBackend(fetcher, time.monotonic() + fetcher.timeout, is_trusted=is_trusted)
    every = [("Host", parts.netloc), *headers]
    try:
        with (
            httpcore.ConnectionPool(fetcher.tls, network_backend=backend) as pool,
            pool.stream(method, url, headers=every, content=content) as response,
        ):
            return _read(response, fetcher.largest)
    except FAILURES as error:
        raise NotFetched(FAILED) from error


def _read(response: httpcore.Response, largest: int) -> Fetched:
    headers = {name.lower(): value for name, value in response.headers}
    encoded = headers.get(b"content-encoding", b"identity").lower() != b"identity"
    if response.status != 200 or encoded:  # noqa: PLR2004
        raise NotFetched(FAILED)
    body = b""
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > largest:
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

"""Network connections that end in time, however slowly the other side drips.

httpcore limits the wait for each piece, not for the whole: a server that sends one byte a second
would hold a worker for ever. https://www.encode.io/httpcore/network-backends/
"""

import math
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

# What is written at once.
PIECE = 65_536


class Deadline(httpcore.NetworkBackend):
    """Connects; nothing on its connections waits past `ends`, a time of the monotonic clock."""

    def __init__(self) -> None:
        self.ends = math.inf
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to `host`."""
        left = self.left(timeout)
        stream = self._backend.connect_tcp(host, port, left, local_address, socket_options)
        return _Timed(stream, self)

    def left(self, timeout: float | None) -> float:
        """Return for how many seconds may be waited, at most `timeout`; raises ReadTimeout."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)


class _Timed(httpcore.NetworkStream):
    """A connection that asks its deadline before each wait."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), PIECE):
            self._stream.write(buffer[at : at + PIECE], self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

"""One connection to a source, used by one call at a time, that cannot be held up or flooded."""

import contextlib
import functools
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx

from fhirbridge.sources.errors import NotData, TooLarge, Unavailable, Unreachable
from fhirbridge.sources.refusal import Reply
from fhirbridge.sources.words import Limits

NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it goes out; the URL holds the query, the headers hold the authentication."""

    method: str
    url: httpx.URL
    headers: dict[str, str]
    content: bytes | None = None


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return the certificates that are trusted; reading them takes long, so it is done once."""
    return httpx.create_ssl_context()


def _transport() -> httpx.BaseTransport:
    return httpx.HTTPTransport(verify=_trust(), limits=httpx.Limits(max_connections=1))


class Lane:
    """A keep-alive connection with its 1C session cookie.

    httpx limits the wait for each piece, not for the whole: a server that sends one byte a
    second would hold a worker for ever. So a timer shuts the socket when `total_seconds` are
    over; the socket is duplicated because TLS takes the original away.
    """

    def __init__(self, limits: Limits, transport: httpx.BaseTransport | None = None) -> None:
        self.limits = limits
        self.cookie: str | None = None
        self.used = 0.0
        self._socket: socket.socket | None = None
        self._client = httpx.Client(
            transport=transport or _transport(),
            follow_redirects=False,
            trust_env=False,
        )

    def exchange(self, call: Call, ceiling: int) -> Reply:
        """Return the whole answer to `call`, at most `ceiling` bytes of body.

        Raises Unreachable when nothing was sent, Unavailable or NotData when the answer did not
        come whole and in time, TooLarge past the ceiling.
        """
        timer = threading.Timer(self.limits.total_seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            return self._whole(self._client.send(self._request(call), stream=True), ceiling)
        except NOTHING_SENT as error:
            raise Unreachable(type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(type(error).__name__) from None
        finally:
            timer.cancel()
            self.used = time.monotonic()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
        self._forget()

    def _request(self, call: Call) -> httpx.Request:
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        extensions = {"timeout": timeout.as_dict(), "trace": self._watch}
        return httpx.Request(
            call.method, call.url, headers=call.headers, content=call.content, extensions=extensions
        )

    def _whole(self, response: httpx.Response, ceiling: int) -> Reply:
        body = bytearray()
        with contextlib.closing(response):
            if response.headers.get("content-encoding", "identity") != "identity":
                raise NotData("compressed, which was not asked for")
            for piece in response.iter_raw():
                body += piece
                if len(body) > ceiling:
                    raise TooLarge(f"more than {ceiling} bytes")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, bytes(body))

    def _watch(self, event: str, details: dict[str, Any]) -> None:
        """Keep hold of the socket of a new connection."""
        if event == "connection.connect_tcp.complete":
            self._forget()
            self._socket = details["return_value"].get_extra_info("socket").dup()

    def _cut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

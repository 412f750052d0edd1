"""One connection to a source, used by one call at a time, that cannot be held up or flooded."""

import contextlib
import functools
import ssl
import time
from dataclasses import dataclass

import httpcore
import httpx

from fhirbridge.sources.deadline import Deadline
from fhirbridge.sources.errors import NotData, TooLarge, Unavailable, Unreachable
from fhirbridge.sources.refusal import Reply
from fhirbridge.sources.words import Limits

NOTHING_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout)
BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)
KEPT_SECONDS = 5


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


class Lane:
    """A keep-alive connection with its 1C session cookie; a call ends within `total_seconds`."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.cookie: str | None = None
        self.used = 0.0
        self._deadline = Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=1,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=self._deadline,
        )

    def exchange(self, call: Call, ceiling: int) -> Reply:
        """Return the whole answer to `call`, at most `ceiling` bytes of body.

        Raises Unreachable when nothing was sent, Unavailable or NotData when the answer did not
        come whole and in time, TooLarge past the ceiling.
        """
        self._deadline.ends = time.monotonic() + self.limits.total_seconds
        try:
            return _whole(self._pool.handle_request(self._request(call)), ceiling)
        except NOTHING_SENT as error:
            raise Unreachable(type(error).__name__) from None
        except BROKEN as error:
            raise Unavailable(type(error).__name__) from None
        finally:
            self.used = time.monotonic()

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def _request(self, call: Call) -> httpcore.Request:
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        made = httpx.Request(call.method, call.url, headers=call.headers, content=call.content)
        url = httpcore.URL(
            scheme=call.url.raw_scheme,
            host=call.url.raw_host,
            port=call.url.port,
            target=call.url.raw_path,
        )
        return httpcore.Request(
            call.method,
            url,
            headers=made.headers.raw,
            content=made.content,
            extensions={"timeout": timeout.as_dict()},
        )


def _whole(response: httpcore.Response, ceiling: int) -> Reply:
    headers = dict(httpx.Headers(response.headers).items())
    body = bytearray()
    with contextlib.closing(response):
        if headers.get("content-encoding", "identity") != "identity":
            raise NotData("compressed, which was not asked for")
        for piece in response.iter_stream():
            body += piece
            if len(body) > ceiling:
                raise TooLarge(f"more than {ceiling} bytes")
    return Reply(response.status, headers, bytes(body))

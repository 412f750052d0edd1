"""Bodies of requests, received whole before anybody works on them.

A client that sends slowly, or stops, keeps one of few places and never the server: requests without
a body, and those whose body is here, go on. Nothing is asked of who sends: it is before any login.
A read that waits cannot be given up under granian, so a place is free when its client is done or
gone; what buffers bodies and limits their time is a reverse proxy: `docs/settings.md`.
"""

import io
import logging
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.rest.auditing import sender
from fhirbridge.rest.routes import raising
from fhirbridge.rest.serve import serve
from fhirbridge.rest.server import Server
from fhirbridge.rest.wsgi import fhir_request, send

log = logging.getLogger(__name__)

# How many bodies are received at once, and of one sender. One thread more is for all else; each
# thread has a connection to the database.
PLACES, OF_ONE = 3, 2
THREADS = PLACES + 1
# A body that takes longer (s) is a slow one; for quick ones others wait so long at most.
SLOW, LONGEST_WAIT = 1.0, 3.0
PIECE = 64 * 1024
# A body so many times too large is read to its end, so that the answer arrives.
MOST_DRAINED = 4
ENDS = "wsgi.input_terminated"


class Receiving:
    """A WSGI application that gives the one `behind` it only whole bodies."""

    def __init__(self, server: Server, behind: WSGIApplication) -> None:
        self.server = server
        self._behind = behind
        self._changed = Condition()
        self._taken: list[tuple[str, float]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request in `environ`: 503 when too many bodies are coming in."""
        length = _length(environ)
        if length == 0:
            return self._behind(environ, start_response)
        request = fhir_request(environ)
        try:
            with self._place(sender(request, self.server.proxies)):
                body = self._body(environ["wsgi.input"], length)
        except Unavailable as error:
            return send(serve(raising(error), request, self.server), start_response)
        environ["wsgi.input"] = io.BytesIO(body)
        return self._behind(environ, start_response)

    @contextmanager
    def _place(self, address: str) -> Iterator[None]:
        """Keep a place of `address`; raises Unavailable when there is none, nor will be soon."""
        with self._changed:
            until = time.monotonic() + LONGEST_WAIT
            while self._is_full(address) and not self._is_slow() and time.monotonic() < until:
                self._changed.wait(SLOW)
            if self._is_full(address):
                raise Unavailable("Too many requests with a body are coming in")
            taken = address, time.monotonic()
            self._taken.append(taken)
        try:
            yield
        finally:
            with self._changed:
                self._taken.remove(taken)
                self._changed.notify_all()

    def _is_full(self, address: str) -> bool:
        of_one = sum(one == address for one, _ in self._taken)
        return len(self._taken) >= PLACES or of_one >= OF_ONE

    def _is_slow(self) -> bool:
        """Return whether it is a slow body that keeps its place."""
        began = min((since for _, since in self._taken), default=math.inf)
        return time.monotonic() - began > SLOW

    def _body(self, stream: Any, length: int | None) -> bytes:
        """Return what comes, as far as anybody will look at it; less when the client is gone."""
        body, kept = io.BytesIO(), self.server.limits.max_body + 1
        most = MOST_DRAINED * self.server.limits.max_body
        left = most if length is None else min(length, most)
        try:
            while left > 0 and (piece := stream.read(min(PIECE, left))):
                left -= len(piece)
                body.write(piece[: max(kept - body.tell(), 0)])
        except OSError as error:
            log.info("A body broke off: %s", type(error).__name__)
        return body.getvalue()


def _length(environ: WSGIEnvironment) -> int | None:
    """Return how long the body is; 0 without one, None when only its end will tell.

    What is no number, or cannot be read to an end, is left to whoever answers that.
    """
    said = environ.get("CONTENT_LENGTH", "")
    if said:
        return int(said) if said.isascii() and said.isdigit() else 0
    chunked = "HTTP_TRANSFER_ENCODING" in environ and environ.get(ENDS)
    return None if chunked else 0

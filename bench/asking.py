"""One request after the other on one connection: how long an answer takes."""

import json
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from bench import client

UNRESERVED = "/?=&%|-_.:,$"
TIMES = 40


class Line:
    """A keep-alive connection to a server on this machine.

    `spent`: the processor seconds that the server, and its database, have used so far.
    """

    def __init__(self, port: int, headers: dict[str, str], spent: Callable[[], float]) -> None:
        self._spent = spent
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._headers = headers

    def get(self, path: str) -> bytes:
        """Return the body of the answer; raises RuntimeError unless it is a 200."""
        return self.send(client.request(quote(path, safe=UNRESERVED), self._headers))

    def post(self, path: str, body: bytes) -> bytes:
        """Send a resource; return the body of the answer."""
        more = {"Content-Type": "application/fhir+json", "Content-Length": str(len(body))}
        head = client.request(path, {**self._headers, **more}).replace(b"GET ", b"POST ", 1)
        return self.send(head + body)

    def send(self, message: bytes) -> bytes:
        """Send a whole request; return the body of the answer."""
        self._connection.sendall(message)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._received()
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(answer[:500].decode(errors="replace"))
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._received()
        return body

    def _received(self) -> bytes:
        part = self._connection.recv(1 << 20)
        if not part:
            raise RuntimeError("the server hung up")
        return part

    def microseconds(self, path: str, times: int = TIMES) -> float:
        """Return the median time of an answer to `path`."""
        message = client.request(quote(path, safe=UNRESERVED), self._headers)
        self.send(message)
        return statistics.median(_timed(self, message) for _ in range(times))

    def processor(self, path: str, times: int = 10 * TIMES) -> float:
        """Return the processor time of an answer to `path`, microseconds."""
        message = client.request(quote(path, safe=UNRESERVED), self._headers)
        self.send(message)
        before = self._spent()
        for _ in range(times):
            self.send(message)
        return (self._spent() - before) / times * 1e6

    def following(self, path: str, pages: int) -> Iterator[str]:
        """Yield `path` and then the paths of up to `pages` next links."""
        for _ in range(pages):
            yield path
            found: dict[str, Any] = json.loads(self.get(path))
            links = [one["url"] for one in found["link"] if one["relation"] == "next"]
            if not links:
                return
            place = urlsplit(links[0])
            path = f"{place.path}?{place.query}"

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _timed(line: Line, message: bytes) -> float:
    start = time.perf_counter()
    line.send(message)
    return (time.perf_counter() - start) * 1e6


@contextmanager
def line(port: int, headers: dict[str, str], spent: Callable[[], float]) -> Iterator[Line]:
    """Give a connection, closed at the end."""
    found = Line(port, headers, spent)
    try:
        yield found
    finally:
        found.close()

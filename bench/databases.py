"""The databases that are measured: by name, in a folder that is removed or kept."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import psycopg

from fhirbridge.resources.registry import definitions
from fhirbridge.store.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "servers"))
TUNED = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "fsync": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
}
# A large server writes all it has in memory before it ends.
PATIENCE = 300


class Databases(Protocol):
    """The databases of one kind."""

    def fresh(self, name: str) -> str:
        """Return the URL of an empty database, whatever there was of that name."""

    def there(self, name: str) -> str | None:
        """Return the URL of a database, None when there is none."""

    def rename(self, name: str, new: str) -> None:
        """Give a database that nobody uses another name."""


class Sqlite:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fresh(self, name: str) -> str:
        for one in self._folder.glob(f"{name}.sqlite*"):
            one.unlink()
        return self._url(name)

    def there(self, name: str) -> str | None:
        return self._url(name) if self._path(name).exists() else None

    def rename(self, name: str, new: str) -> None:
        with sqlite3.connect(self._path(name)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._path(name).rename(self._path(new))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.sqlite"

    def _url(self, name: str) -> str:
        return f"sqlite:///{self._path(name)}"


class Postgresql:
    """Databases of one running server."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def fresh(self, name: str) -> str:
        self._server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return str(self._server.url(name))

    def there(self, name: str) -> str | None:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        with psycopg.connect(self._server.url("postgres")) as connection:
            found = connection.execute(query, (name,)).fetchone()
        return None if found is None else str(self._server.url(name))

    def rename(self, name: str, new: str) -> None:
        self._server.execute(f"ALTER DATABASE {name} RENAME TO {new}")


@contextmanager
def databases(kinds: list[str], folder: Path | None) -> Iterator[dict[str, Databases]]:
    """Give the databases of each kind: those in `folder`, or new ones that are removed."""
    with ExitStack() as stack:
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="fhirbridge-bench-"))
            stack.callback(shutil.rmtree, folder)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        made: dict[str, Databases] = {}
        if "sqlite" in kinds:
            made["sqlite"] = Sqlite(folder)
        if "postgresql" in kinds:
            made["postgresql"] = Postgresql(_server(folder / "postgresql", stack))
        yield made


def _server(home: Path, stack: ExitStack) -> Any:
    import postgres_server as server  # noqa: PLC0415 (found through the path above)

    server.SETTINGS.update(TUNED)
    home.mkdir(exist_ok=True)
    if os.getuid() == 0:
        os.chown(home, server.NOBODY, server.NOBODY)
    process = server.started(home)
    stack.callback(_end, process)
    running = server.PostgresServer(home)
    server.wait_until_ready(running, process)
    return running


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE)


def opened(url: str) -> Store:
    """Return the store at `url`, with the tables of this program."""
    store = Store.open(url, definitions(), ZoneInfo("Europe/Moscow"), "")
    store.migrate()
    return store

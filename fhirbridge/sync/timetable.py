"""What is done when: RQ's cron, made to speak JSON and the clinic's time.

As shipped, `rq cron` pickles its jobs and reads cron fields in the time zone of the process.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter
from redis import Redis
from rq.cron import CronJob, CronScheduler
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.utils import now


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timetable. `when`: a cron expression of `zone`'s wall clock, or seconds."""

    name: str
    function: Callable[..., Any]
    queue: str
    when: str | int
    zone: ZoneInfo
    arguments: tuple[str, ...] = ()


class ClinicJob(CronJob):
    """A cron job whose fields are the clinic's wall clock and whose payload is JSON."""

    def __init__(self, entry: Entry) -> None:
        self.zone = entry.zone
        super().__init__(
            queue_name=entry.queue,
            func=entry.function,
            args=entry.arguments,
            interval=entry.when if isinstance(entry.when, int) else None,
            cron=entry.when if isinstance(entry.when, str) else None,
            result_ttl=0,
            name=entry.name,
        )

    def enqueue(self, connection: Redis) -> Job:
        queue = Queue(self.queue_name, connection=connection, serializer=JSONSerializer)
        return queue.enqueue(self.func_name, args=self.args, kwargs=self.kwargs, **self.job_options)

    def get_next_enqueue_time(self) -> datetime:
        if not self.cron:
            return super().get_next_enqueue_time()
        after = self.latest_enqueue_time or now()
        return next_time(self.cron, after, self.zone)


class ClinicScheduler(CronScheduler):
    """The process behind `fhirbridge cron`: enqueues what is due, runs nothing itself."""

    def __init__(self, connection: Redis, entries: Iterable[Entry]) -> None:
        super().__init__(connection=connection)
        self.serializer = JSONSerializer
        self._cron_jobs = [ClinicJob(entry) for entry in entries]


def next_time(cron: str, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant later than `after` whose wall time in `zone` matches `cron`.

    A wall time that a clock change skips comes at the change; one that it repeats comes once.
    """
    times = croniter(cron, after.astimezone(zone).replace(tzinfo=None))
    while True:
        wall: datetime = times.get_next(datetime)
        instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant > after:
            return instant

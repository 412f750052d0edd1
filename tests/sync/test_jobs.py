"""Jobs are doorbells: JSON, one per attempt, and nobody minds a lost one."""

import json
import zlib

import pytest
from rq import SimpleWorker
from rq.queue import Queue
from rq.serializers import JSONSerializer

from fhirbridge.sync import jobs
from fhirbridge.sync.redis import connect


class Visitors:
    def __init__(self):
        self.seen = []

    def attend(self, row):
        self.seen.append(row)

    def refresh(self, source, name):
        self.seen.append((source, name))

    def sweep(self):
        self.seen.append("sweep")

    def tidy(self):
        self.seen.append("tidy")


@pytest.fixture
def desk():
    visitors = Visitors()
    jobs.install(lambda: visitors)
    yield visitors
    jobs._open.clear()  # noqa: SLF001


def queue(redis):
    return Queue("results", connection=redis, serializer=JSONSerializer)


def test_a_job_carries_its_row_and_nothing_else(redis):
    assert jobs.ring(redis, "results", 7, 0)
    (job,) = queue(redis).jobs
    stored = json.loads(zlib.decompress(redis.hget(job.key, "data")))
    assert stored == ["fhirbridge.sync.jobs.attend", None, [7], {}]


def test_one_attempt_rings_once(redis):
    jobs.ring(redis, "results", 7, 0)
    jobs.ring(redis, "results", 7, 0)
    jobs.ring(redis, "results", 7, 1)
    assert queue(redis).job_ids == ["outbox-7-0", "outbox-7-1"]


def test_a_worker_attends_to_the_row(redis, desk):
    jobs.ring(redis, "results", 7, 0)
    SimpleWorker([queue(redis)], connection=redis, serializer=JSONSerializer).work(burst=True)
    assert desk.seen == [7]


def test_the_timetable_reaches_the_desk(desk):
    jobs.refresh("onec", "directory")
    jobs.sweep()
    jobs.tidy()
    assert desk.seen == [("onec", "directory"), "sweep", "tidy"]


def test_a_pickled_job_is_not_run(redis, desk):
    Queue("results", connection=redis).enqueue(jobs.attend, 9)
    worker = SimpleWorker([queue(redis)], connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")
    assert desk.seen == []


def test_a_redis_that_is_away_is_no_failure(tmp_path):
    with connect(f"unix://{tmp_path}/none", patience=0.1) as away:
        assert not jobs.ring(away, "results", 7, 0)

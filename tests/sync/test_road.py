"""The whole road: outbox, Redis, a real RQ worker, real HTTP, a real database; and killed often."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from clinic import MOSCOW, content
from sandboxed import SECRETS, stage, world

from fhirbridge import worker
from fhirbridge.settings import Settings
from fhirbridge.sync import jobs
from fhirbridge.sync.redis import connect

SCRIPT = Path(__file__).parents[1] / "servers" / "mortal_worker.py"
LEASE = "0.5"
KEY = "0123456789abcdef" * 4


@dataclass
class Installation:
    """What a worker needs from its environment, on an empty database that is migrated."""

    url: str
    environment: dict

    def run(self, what, statements=0, lease=LEASE):
        """Return the exit code of a worker process."""
        command = [sys.executable, str(SCRIPT), what, str(statements), lease]
        return subprocess.run(command, env=self.environment, check=False, timeout=120).returncode

    def start(self, what):
        command = [sys.executable, str(SCRIPT), what, "0", LEASE]
        return subprocess.Popen(command, env=self.environment, start_new_session=True)

    def settings(self, monkeypatch):
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        return Settings.load()

    def content(self, monkeypatch):
        store = worker.open_store(self.settings(monkeypatch))
        found = content(store)
        store.close()
        return found

    def left(self, monkeypatch):
        store = worker.open_store(self.settings(monkeypatch))
        with store.transaction() as transaction:
            found = transaction.outbox.count()
        store.close()
        return found


@pytest.fixture(scope="module")
def standing():
    """A small clinic whose clock stands still at this very day."""
    now = datetime.now(MOSCOW).replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None)
    with stage(world(at=now, doctors=2, patients=5, orders=8, days=3)) as on:
        yield on


def installed(standing, redis_url, folder, url, monkeypatch):
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text(
        'system_base = "https://clinic.example/sid/"\n'
        f'[sources.onec]\nbase_url = "{standing.onec_url}"\n'
        f'[sources.qlab]\nbase_url = "{standing.qlab_url}"\n',
        encoding="utf-8",
    )
    named = {
        "FHIRBRIDGE_DATABASE_URL": url,
        "FHIRBRIDGE_REDIS_URL": redis_url,
        "FHIRBRIDGE_CONFIG": str(config),
        "FHIRBRIDGE_SECRET_KEY": KEY,
        "FHIRBRIDGE_TIME_ZONE": "Europe/Moscow",
        "FHIRBRIDGE_VAR": str(folder),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    made = Installation(url, os.environ | SECRETS | named)
    store = worker.open_store(made.settings(monkeypatch))
    store.migrate()
    store.close()
    return made


@pytest.fixture
def install(standing, redis_url, tmp_path, monkeypatch):
    return lambda url: installed(standing, redis_url, tmp_path / "var", url, monkeypatch)


@pytest.fixture(scope="module")
def expected(standing, redis_server, tmp_path_factory):
    """What both sources make of an empty database when nothing disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    url = f"sqlite:///{folder}/fhirbridge.sqlite"
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = installed(standing, redis_server.url, folder / "var", url, monkeypatch)
        with desk(made, monkeypatch) as one:
            for source in ("onec", "qlab"):
                one.begin(source)
                one.drain()
        return made.content(monkeypatch)


@contextmanager
def desk(installation, monkeypatch):
    settings = installation.settings(monkeypatch)
    with connect(settings.redis_url) as redis:
        opened = worker.open_desk(settings, worker.declared(settings), redis, float(LEASE))
        yield opened
        opened.bridge.close()


def differences(found, expected):
    """What differs, small enough to read."""
    one, two = found["resources"], expected["resources"]
    names = [name for name in one.keys() | two.keys() if one.get(name) != two.get(name)]
    tables = [name for name in found if name != "resources" and found[name] != expected[name]]
    return [(one.get(name), two.get(name)) for name in sorted(names)], [
        (name, found[name] - expected[name], expected[name] - found[name]) for name in tables
    ]


def test_the_road_over_redis_and_two_real_workers(install, expected, database_url, monkeypatch):
    made = install(database_url)
    with desk(made, monkeypatch) as one:
        for source in ("onec", "qlab"):
            one.begin(source)
            both = [made.start("work"), made.start("work")]
            assert [process.wait(60) for process in both] == [0, 0]
    assert made.left(monkeypatch).keys() == {"done"}
    found = made.content(monkeypatch)
    assert {type_ for type_, _ in found["resources"]} >= {"Slot", "Observation", "Binary"}
    assert differences(found, expected) == ([], [])
    with desk(made, monkeypatch) as one:
        for source in ("onec", "qlab"):
            one.begin(source)
            one.drain()
    assert differences(made.content(monkeypatch), expected) == ([], [])


def test_killed_at_many_statements_it_ends_in_the_same_database(
    install, expected, sqlite_url, monkeypatch
):
    made = install(sqlite_url)
    chance = random.Random(7)  # noqa: S311
    killed = 0
    for source in ("onec", "qlab"):
        with desk(made, monkeypatch) as one:
            one.begin(source)
        while made.left(monkeypatch).get("due"):
            statements = chance.choice((5, 30, 150, 400, 900, 1500)) if killed < 11 else 0
            code = made.run("drain", statements)
            assert code in {0, -signal.SIGKILL}
            killed += code != 0
    assert killed >= 8
    assert differences(made.content(monkeypatch), expected) == ([], [])


def test_a_killed_worker_group_is_followed_by_another_worker(
    install, expected, database_url, monkeypatch
):
    made = install(database_url)
    for source in ("onec", "qlab"):
        with desk(made, monkeypatch) as one:
            one.begin(source)
        before = made.left(monkeypatch).get("done", 0)
        process = made.start("work")
        deadline = time.monotonic() + 60
        while made.left(monkeypatch).get("done", 0) <= before + 1:
            assert time.monotonic() < deadline
            time.sleep(0.03)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert made.left(monkeypatch)["due"], "it was killed in the middle"
        assert made.run("drain") == 0
    assert differences(made.content(monkeypatch), expected) == ([], [])


def test_a_redis_that_lost_everything_loses_no_work(install, sqlite_url, redis, monkeypatch):
    made = install(sqlite_url)
    with desk(made, monkeypatch) as one:
        one.begin("qlab")
        redis.flushall()
        one.sweep()
        assert redis.keys("rq:job:*") == []
        monkeypatch.setattr("fhirbridge.sync.desk.GRACE", 0)
        one.sweep()
        assert len(redis.keys("rq:job:*")) == 2
    assert made.run("work") == 0
    with desk(made, monkeypatch) as one:
        one.drain()
    assert made.left(monkeypatch).keys() == {"done"}


def test_without_redis_the_poller_does_the_work(install, sqlite_url, tmp_path, monkeypatch):
    made = install(sqlite_url)
    made.environment["FHIRBRIDGE_REDIS_URL"] = f"unix://{tmp_path}/none.sock"
    with desk(made, monkeypatch) as one:
        one.begin("qlab")
    process = made.start("poll")
    deadline = time.monotonic() + 60
    while made.left(monkeypatch).get("due"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert "Observation" in {type_ for type_, _ in made.content(monkeypatch)["resources"]}


def test_the_timetable_names_every_refresh_and_the_sweep(install, sqlite_url, monkeypatch):
    settings = install(sqlite_url).settings(monkeypatch)
    entries = worker.timetable(settings, worker.declared(settings))
    assert {"onec/directory", "onec/near-days", "qlab/open-orders", "sweep", "tidy"} <= {
        entry.name for entry in entries
    }
    assert {entry.queue for entry in entries} <= set(jobs.QUEUES)


def test_init_fills_what_needs_no_source(install, sqlite_url, monkeypatch):
    settings = install(sqlite_url).settings(monkeypatch)
    assert worker.fill(settings) == 9
    assert worker.fill(settings) == 0

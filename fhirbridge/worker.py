"""The worker and its timetable, wired: settings in, processes out.

A job runs in a process of its own, forked by RQ: what is costly and pure is loaded before the fork,
what holds connections is opened after it.
"""

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.queue import Queue
from rq.serializers import JSONSerializer

from fhirbridge.fhir import data, models
from fhirbridge.fhir.identity import Identity, subkey
from fhirbridge.fhir.instant import system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.settings import Settings, secret_value
from fhirbridge.store.store import Store
from fhirbridge.sync import jobs, seed
from fhirbridge.sync.audit import Trail
from fhirbridge.sync.bridge import Bridge
from fhirbridge.sync.declared import Declared
from fhirbridge.sync.desk import OutboxDesk
from fhirbridge.sync.limit import Permits, SharedPermits, Unlimited
from fhirbridge.sync.loading.workshop import Recipe
from fhirbridge.sync.policy import Patience
from fhirbridge.sync.redis import EmbeddedRedis, connect, require_noeviction
from fhirbridge.sync.synchronise import organization_of
from fhirbridge.sync.timetable import ClinicScheduler, Entry
from fhirbridge.terminology.published import loinc_fragment
from fhirbridge.terminology.tables import rows

SWEEP_SECONDS = 15
TIDY_AT = "20 3 * * *"
AUDIT_SECONDS = 30
POLL_SECONDS = 1.0
LEASE = 300.0
# References to ourselves are relative; without a public URL there is nothing else to recognise.
NO_BASE = "http://localhost/fhir"


def open_store(settings: Settings) -> Store:
    """Return the store of this installation."""
    base_url = settings.base_url or NO_BASE
    types = definitions(audit_for_patients=settings.audit_for_patients)
    return Store.open(settings.database_url, types, settings.time_zone, base_url)


def load_recipe(settings: Settings, *, typed: bool) -> Recipe:
    """Return how `fhirbridge load` works on this installation."""
    return Recipe(
        url=settings.database_url,
        zone=settings.time_zone.key,
        base_url=settings.base_url or NO_BASE,
        typed=typed,
        stores=not settings.database_url.startswith("sqlite"),
    )


def declared(settings: Settings) -> dict[str, Declared]:
    """Return the sources in use by name.

    Raises ConfigurationError, one line, for one without a folder or with a wrong declaration.
    """
    configured = settings.configuration().sources
    folder = data.folder("mappings")
    return {
        name: Declared.read(folder / name, one.base_url)
        for name, one in configured.items()
        if one.enabled
    }


def open_bridge(
    settings: Settings, sources: dict[str, Declared], permits: Permits | None = None
) -> Bridge:
    """Return what synchronisation works with, its own connections opened."""
    return Bridge(
        store=open_store(settings),
        links={name: one.link(secret_value) for name, one in sources.items()},
        identity=Identity(subkey(settings.secret(), "ids")),
        system_base=settings.configuration().system_base,
        clock=system_clock,
        permits=permits or Unlimited(),
        patience=Patience(time.sleep, random.random),
    )


def fill(settings: Settings) -> int:
    """Store what needs no source: terminology of the shipped tables, the organisations.

    Returns how many resources are new or changed. `fhirbridge init` calls it.
    """
    bridge = open_bridge(settings, {})
    resources = [loinc_fragment(), *seed.units(f"{bridge.system_base}unit")]
    for name, source in declared(settings).items():
        resources.append(organization_of(bridge, source.profile))
        table = data.folder("mappings") / name / "tests.csv"
        if table.is_file():
            system = f"{bridge.system_base}lis/{name}/test"
            tests = rows(table.read_text("utf-8"))
            resources += seed.laboratory(name, source.profile.title, system, tests)
    now = bridge.clock()
    puts = bridge.store.run(lambda tx: tx.put_all([(one, None) for one in resources], now=now))
    bridge.close()
    return sum(put.outcome != "unchanged" for put in puts)


@contextmanager
def redis_of(settings: Settings) -> Iterator[str]:
    """Give the URL of Redis: the configured one, else the embedded one, joined or started.

    Raises NoRedisError, one line, when there is none that keeps jobs.
    """
    embedded = None if settings.redis_url else EmbeddedRedis(settings.var)
    url = embedded.start() if embedded else settings.redis_url
    try:
        with connect(url) as connection:
            require_noeviction(connection)
        yield url
    finally:
        if embedded:
            embedded.stop()


def open_desk(
    settings: Settings, sources: dict[str, Declared], redis: Redis, lease_seconds: float = LEASE
) -> OutboxDesk:
    """Return the desk of this process: its bell rings in Redis."""
    bridge = open_bridge(settings, sources, SharedPermits(redis))

    def bell(queue: str, row: int, attempt: int) -> bool:
        return jobs.ring(redis, queue, row, attempt)

    trail = Trail(bridge.store, settings.audit_folder, bridge.clock)
    return OutboxDesk(bridge, bell, lease_seconds, trail.bring_in)


def work(settings: Settings, *, burst: bool = False, lease_seconds: float = LEASE) -> None:
    """Run a worker until it is stopped; `burst`: until there is nothing to do.

    `lease_seconds`: after a worker was killed, its work waits that long at most for another.
    """
    sources = declared(settings)
    _load_models()
    with redis_of(settings) as url:
        jobs.install(_desk_of_process(settings, sources, url, lease_seconds))
        with connect(url) as connection:
            queues = [
                Queue(name, connection=connection, serializer=JSONSerializer)
                for name in jobs.QUEUES
            ]
            poller = None if burst else _start_poller(settings, url)
            worker = Worker(queues, connection=connection, serializer=JSONSerializer)
            try:
                worker.work(burst=burst, logging_level="WARNING")
            finally:
                if poller:
                    poller.terminate()
                    poller.join()


def keep_time(settings: Settings) -> None:
    """Run the timetable until it is stopped: it only enqueues."""
    with redis_of(settings) as url, connect(url) as connection:
        ClinicScheduler(connection, timetable(settings, declared(settings))).start()  # type: ignore[no-untyped-call]


def timetable(settings: Settings, sources: dict[str, Declared]) -> list[Entry]:
    """Return the lines of the timetable: the refreshes of every source, sweeps and audit trail."""
    refreshes = [
        Entry(
            f"{name}/{one.name}",
            jobs.refresh,
            "directory",
            one.cron,
            source.profile.time_zone,
            (name, one.name),
        )
        for name, source in sources.items()
        for one in source.profile.refresh
    ]
    zone = settings.time_zone
    return [
        *refreshes,
        Entry("sweep", jobs.sweep, "booking", SWEEP_SECONDS, zone),
        Entry("audit", jobs.bring_in_audit, "notify", AUDIT_SECONDS, zone),
        Entry("tidy", jobs.tidy, "notify", TIDY_AT, zone),
    ]


def poll(settings: Settings, url: str, parent: int) -> None:
    """See every second to what is due, with Redis or without it, as long as `parent` lives."""
    with connect(url, patience=POLL_SECONDS) as connection:
        desk = open_desk(settings, declared(settings), connection)
        while os.getppid() == parent:
            try:
                connection.ping()
            except RedisError:
                desk.bring_in_audit()
                desk.drain()
            else:
                desk.sweep()
            time.sleep(POLL_SECONDS)


def _desk_of_process(
    settings: Settings, sources: dict[str, Declared], url: str, lease_seconds: float
) -> Callable[[], OutboxDesk]:
    """Return the function that opens a desk once per process: a fork shares no connection."""

    @cache
    def opened(process: int) -> OutboxDesk:
        del process
        return open_desk(settings, sources, connect(url), lease_seconds)

    return lambda: opened(os.getpid())


def _load_models() -> None:
    """Load the typed models, which takes half a second, once instead of in every job."""
    for type_ in definitions():
        models.typed_check({"resourceType": type_})


def _start_poller(settings: Settings, url: str) -> multiprocessing.process.BaseProcess:
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=poll, args=(settings, url, os.getpid()), daemon=True)
    process.start()
    return process

"""The clinic of the demo: where it is kept, and its first synchronisation by real workers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis
from rich.console import Console
from rich.progress import Progress

from fhirbridge.cli.demo.processes import Children
from fhirbridge.settings import Settings, SettingsError, declare
from fhirbridge.store.store import Store
from fhirbridge.sync.redis import EmbeddedRedis, connect
from fhirbridge.worker import declared, fill, open_desk, open_store

ZONE = "Europe/Moscow"
WORKERS = 2
SECONDS = 300
CONFIGURATION = """# Written by `fhirbridge demo`: the stand-ins of this run.
[sources.onec]
base_url = "{onec}"

[sources.qlab]
base_url = "{qlab}"
"""
# What the stand-ins accept: no secrets.
CREDENTIALS = {
    "FHIRBRIDGE_ONEC_USER": "Интеграция Ф.Б.",
    "FHIRBRIDGE_ONEC_PASSWORD": "песочница",
    "FHIRBRIDGE_QLAB_KEY": "sandbox-key",
}


@dataclass(frozen=True)
class Clinic:
    """What is served, where, and from which sources."""

    settings: Settings
    store: Store
    base_url: str
    sources: dict[str, str]


def opened(processes: Children, port: int, console: Console) -> Clinic:
    """Start stand-ins and Redis, make database and secret, and return the clinic."""
    base_url = f"http://127.0.0.1:{port}/fhir"
    declare({"FHIRBRIDGE_TIME_ZONE": ZONE, "FHIRBRIDGE_BASE_URL": base_url, **CREDENTIALS})
    var = Settings.load().var
    console.print("Starting stand-ins for 1C:Medicine and a laboratory (not the vendors' software)")
    var.mkdir(parents=True, exist_ok=True)
    sources = processes.sandbox("--zone", ZONE, "--journal", str(var / "sandbox.jsonl"))
    (var / "demo.toml").write_text(CONFIGURATION.format(**sources), "utf-8")
    declare({"FHIRBRIDGE_CONFIG": str(var / "demo.toml")})
    settings = Settings.load()
    settings.make_secret()
    store = open_store(settings)
    store.migrate()
    fill(settings)
    return Clinic(settings, store, base_url, sources)


def synchronised(clinic: Clinic, processes: Children, console: Console) -> None:
    """Read every source through the workers and return when all is done.

    One after the other: the clinic's own patients are known before results name them.
    """
    with _redis(clinic.settings) as redis:
        desk = open_desk(clinic.settings, declared(clinic.settings), redis)
        for number in range(WORKERS):
            processes.start(f"worker-{number}", "worker")
        for source in clinic.sources:
            before = _work(clinic)
            desk.begin(source)
            _wait(clinic, f"Pulling and mapping {source}", before, processes, console)


def _wait(
    clinic: Clinic, what: str, before: dict[str, int], processes: Children, console: Console
) -> None:
    """Show a bar until the outbox has nothing left to do."""
    until = time.monotonic() + SECONDS
    with Progress(console=console) as progress:
        task = progress.add_task(what, total=None)
        while time.monotonic() < until:
            now = _work(clinic)
            ended = sum(now.get(state, 0) - before.get(state, 0) for state in ("done", "failed"))
            waiting = now.get("due", 0)
            progress.update(task, completed=ended, total=ended + waiting)
            if not waiting:
                return
            processes.check()
            time.sleep(0.2)
    raise SettingsError("the first synchronisation takes too long: see var/log")


def _work(clinic: Clinic) -> dict[str, int]:
    return clinic.store.run(lambda unit: unit.outbox.count())


@contextmanager
def _redis(settings: Settings) -> Iterator[Redis]:
    """Give a connection to the Redis of the demo, which lives as long as this process."""
    url = settings.redis_url or EmbeddedRedis(settings.var).start()
    with connect(url) as connection:
        yield connection

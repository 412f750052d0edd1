"""The databases that are measured: empty ones by name, in a folder that is removed."""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.dataset import observations, people, schedules, slots
from fhirbridge.fhir.instant import system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.store.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "servers"))
BATCH = 1000
TUNED = {"shared_buffers": "1GB", "fsync": "on", "full_page_writes": "on", "autovacuum": "on"}
# Makes an empty database of that name and returns its URL.
Fresh = Callable[[str], str]


@contextmanager
def databases(kinds: list[str]) -> Iterator[dict[str, Fresh]]:
    """Give, by kind of database, what makes empty ones."""
    folder = Path(tempfile.mkdtemp(prefix="fhirbridge-bench-"))
    made: dict[str, Fresh] = {}
    process = None
    try:
        if "sqlite" in kinds:
            made["sqlite"] = lambda name: f"sqlite:///{folder}/{name}.sqlite"
        if "postgresql" in kinds:
            process, made["postgresql"] = _postgresql(folder)
        yield made
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(60)
        shutil.rmtree(folder)


def _postgresql(folder: Path) -> tuple[Any, Fresh]:
    import postgres_server as server  # noqa: PLC0415 (found through the path above)

    server.SETTINGS.update(TUNED)
    home = folder / "postgresql"
    home.mkdir()
    folder.chmod(0o755)
    if os.getuid() == 0:
        os.chown(home, server.NOBODY, server.NOBODY)
    process = server.started(home)
    running = server.PostgresServer(home)
    server.wait_until_ready(running, process)

    def fresh(name: str) -> str:
        running.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return str(running.url(name))

    return process, fresh


def opened(url: str) -> Store:
    """Return a store over the empty database at `url`, with its tables."""
    store = Store.open(url, definitions(), ZoneInfo("Europe/Moscow"), "")
    store.migrate()
    return store


def filled(url: str, results: int) -> tuple[Store, float]:
    """Return a store that holds the dataset, and the resources per second of its loading."""
    store = opened(url)
    stream = chain(people(results), schedules(), slots(), observations(results))
    start, count = time.perf_counter(), 0
    while batch := [(resource, None) for resource in islice(stream, BATCH)]:
        store.run(lambda unit, items=batch: unit.put_all(items, now=system_clock()))
        count += len(batch)
    return store, count / (time.perf_counter() - start)

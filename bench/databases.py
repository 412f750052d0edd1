"""The databases that are measured: filled once per run, in a folder that is removed."""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.dataset import observations, people, schedules, slots
from fhirbridge.fhir.instant import system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.store.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "servers"))
BATCH = 1000
TUNED = {"shared_buffers": "1GB", "fsync": "on", "full_page_writes": "on", "autovacuum": "on"}


@contextmanager
def databases(kinds: list[str]) -> Iterator[dict[str, str]]:
    """Give the URLs of empty databases by kind."""
    folder = Path(tempfile.mkdtemp(prefix="fhirbridge-bench-"))
    urls = {}
    process = None
    try:
        if "sqlite" in kinds:
            urls["sqlite"] = f"sqlite:///{folder}/bench.sqlite"
        if "postgresql" in kinds:
            process, urls["postgresql"] = _postgresql(folder)
        yield urls
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(60)
        shutil.rmtree(folder)


def _postgresql(folder: Path):  # noqa: ANN202 (the test server's own types)
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
    running.execute("CREATE DATABASE bench TEMPLATE template0")
    return process, running.url("bench")


def filled(url: str, results: int) -> tuple[Store, float]:
    """Return a store that holds the dataset, and the resources per second of its loading."""
    store = Store.open(url, definitions(), ZoneInfo("Europe/Moscow"), "")
    store.migrate()
    stream = chain(people(results), schedules(), slots(), observations(results))
    start, count = time.perf_counter(), 0
    while batch := [(resource, None) for resource in islice(stream, BATCH)]:
        store.run(lambda unit, items=batch: unit.put_all(items, now=system_clock()))
        count += len(batch)
    return store, count / (time.perf_counter() - start)

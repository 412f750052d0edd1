"""How fast laboratory results come from a source, to `load` of what that stored.

The source is the product's stand-in, over HTTP, in a process of its own: an order, a request.
"""

import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.databases import Databases, opened
from bench.filling import loaded
from bench.measures import Figure
from fhirbridge.sources.http_json import Source
from fhirbridge.sync.bridge import Bridge
from fhirbridge.sync.synchronise import Step, synchronise

ORDERS = 800
SIZES = f"--doctors 4 --patients {ORDERS // 5} --orders {ORDERS} --days 5".split()
SOURCE, FIRST, MEASURED = "qlab", "orders", "results"
STORED = "SELECT body FROM resource WHERE type IN ('Observation', 'DiagnosticReport')"
COUNTED = "SELECT count(*) FROM resource WHERE type = 'Observation'"


def pulling(kind: str, found: Databases) -> Figure:
    """Return the figure of the results of some orders: what comes before and after is not timed."""
    from clinic import clinic  # noqa: PLC0415 (found through the path of bench.databases)

    spent: dict[str, float] = defaultdict(float)
    last = [0.0]

    def progress(step: Step) -> None:
        now = time.perf_counter()
        spent[step.stream] += now - last[0]
        last[0] = now

    with _laboratory() as url, clinic(found.fresh("pulled")) as made:
        made.bridge = _asking(made.bridge, url)
        last[0] = time.perf_counter()
        synchronise(made.bridge, SOURCE, FIRST, progress)
        rows = made.bridge.store.database.connection.rows
        results, bodies = rows(COUNTED)[0][0], [bytes(body) for (body,) in rows(STORED)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "results.ndjson")
        file.write_bytes(b"\n".join(bodies))
        url = found.fresh("pulled_loaded")
        opened(url).close()
        start = time.perf_counter()
        loaded(url, file, 1)
        limit = results / (time.perf_counter() - start)
    rate = results / spent[MEASURED]
    name = f"pull, map and store {results} laboratory results, to load by one process too"
    return Figure(name, kind, rate, limit, rate / limit, "results/s", ">= 0.5")


@contextmanager
def _laboratory() -> Iterator[str]:
    """Give the address of a stand-in laboratory that serves some orders."""
    command = [sys.executable, "-m", "fhirbridge.sandbox", *SIZES, "--now", "2026-11-24T12:00"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = (line.split() for line in process.stdout or ())
            yield next(words[1] for words in told if words[:1] == [SOURCE])
        finally:
            process.terminate()


def _asking(bridge: Bridge, url: str) -> Bridge:
    """Return `bridge` with its laboratory at `url`."""
    from clinic import link  # noqa: PLC0415 (as above)
    from sandboxed import SECRETS  # noqa: PLC0415 (as above)
    from talking_source import shipped  # noqa: PLC0415 (as above)

    source = Source(shipped(SOURCE).at(url), SECRETS)
    return replace(bridge, links={**bridge.links, SOURCE: link(source)})

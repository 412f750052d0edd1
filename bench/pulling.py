"""How fast laboratory results come from a source, to `load` of what that stored.

The source is the product's stand-in, over HTTP, in this process: an order, a request.
"""

import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench.databases import Databases, opened
from bench.filling import loaded
from bench.measures import Figure
from fhirbridge.sync.synchronise import Step, synchronise

ORDERS = 800
SOURCE, FIRST, MEASURED = "qlab", "orders", "results"
STORED = "SELECT body FROM resource WHERE type IN ('Observation', 'DiagnosticReport')"
COUNTED = "SELECT count(*) FROM resource WHERE type = 'Observation'"


def pulling(kind: str, found: Databases) -> Figure:
    """Return the figure of the results of some orders: what comes before and after is not timed."""
    from clinic import clinic  # noqa: PLC0415 (found through the path of bench.databases)
    from sandboxed import world  # noqa: PLC0415 (as above)

    sizes = {"doctors": 4, "patients": ORDERS // 5, "orders": ORDERS, "days": 5}
    spent: dict[str, float] = defaultdict(float)
    last = [0.0]

    def progress(step: Step) -> None:
        now = time.perf_counter()
        spent[step.stream] += now - last[0]
        last[0] = now

    with clinic(found.fresh("pulled"), world(**sizes)) as made:
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

"""What a web worker takes: memory after many requests, time to its first answer.

Beside a Flask application of one route under the same server. Memory is the worker's share of what
it has in memory (PSS), without the pages of an SQLite file: those are the kernel's cache, mapped or
not, and are told apart.
"""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack

import psutil

from bench import client
from bench.measures import Figure, authorization, cases, environment_of, message_of
from bench.serving import Served, served
from fhirbridge.store.store import Store

PRODUCT, BARE = "fhirbridge.app:from_environment", "bench.bare:flask"
STARTS = 5
FEW, MANY = 1000, 10_000
MIB = 2**20


def footprint(store: Store, url: str, kind: str, results: int) -> Iterator[Figure]:
    """Yield memory and start-up of the product over one database."""
    *_, usual = cases(results)
    message, environment = message_of(usual, authorization(store, results)), environment_of(url)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        own = {**environment, "FHIRBRIDGE_VAR": folder}
        product = stack.enter_context(served(PRODUCT, own, "/health/live"))
        bare = stack.enter_context(served(BARE, {}, "/"))
        _ask(product, message, FEW)
        early, _ = _memory(product)
        _ask(product, message, MANY - FEW)
        _ask(bare, client.request("/", {}), MANY)
        late, mapped = _memory(product)
        limit, _ = _memory(bare)
    name = f"memory of a worker after {MANY} requests"
    yield Figure(f"{name}, to bare Flask", kind, late, limit, late / limit, "MiB", "<= 2.5")
    yield Figure(f"{name}, to after {FEW}", kind, late, early, late / early, "MiB", "flat")
    if mapped:
        title = "pages of the database file mapped by it, to its own memory"
        yield Figure(title, kind, mapped, late, mapped / late, "MiB", "")
    yield _start(environment, kind)


def _start(environment: dict[str, str], kind: str) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        own = {**environment, "FHIRBRIDGE_VAR": folder}
        rounds = [
            (_ready(PRODUCT, own, "/health/live"), _ready(BARE, {}, "/")) for _ in range(STARTS)
        ]
    value, limit = (statistics.median(one) * 1000 for one in zip(*rounds, strict=True))
    name = "start of `serve` to its first answer, to bare Flask"
    return Figure(name, kind, value, limit, value / limit, "ms", "<= 4")


def _ready(target: str, environment: dict[str, str], path: str) -> float:
    with served(target, environment, path) as one:
        return one.ready_after


def _ask(server: Served, message: bytes, requests: int) -> None:
    done = 0.0
    while done < requests:
        done += client.throughput(server.port, server.pid, message, 0.5).per_second / 2


def _memory(server: Served) -> tuple[float, float]:
    """Return the MiB of the worker itself and of an SQLite file that it has mapped."""
    (worker,) = psutil.Process(server.pid).children()
    own = mapped = 0
    for one in worker.memory_maps():
        if one.path.endswith(".sqlite"):
            mapped += one.pss
        else:
            own += one.pss
    return own / MIB, mapped / MIB

"""What it costs to record a request before it is answered: the same server with and without."""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack

from bench import client
from bench.serving import Served, served

# Strict mode commits for each answer: large batches would keep it busy for minutes.
CONNECTIONS, BATCH = 16, 4
ROUNDS = 5
MODES = ("off", "journal", "strict")


def costs(environment: dict[str, str], message: bytes) -> Iterator[tuple[str, float, float]]:
    """Yield mode, its microseconds per answer at 16 connections and those without an audit."""
    with ExitStack() as stack:
        servers = {mode: _served(stack, environment, mode) for mode in MODES}
        rounds = [
            {mode: _per_answer(one, message) for mode, one in servers.items()}
            for _ in range(ROUNDS)
        ]
    medians = {mode: statistics.median(one[mode] for one in rounds) for mode in MODES}
    for mode in MODES[1:]:
        yield mode, medians[mode], medians["off"]


def _served(stack: ExitStack, environment: dict[str, str], mode: str) -> Served:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    own = {**environment, "FHIRBRIDGE_AUDIT": mode, "FHIRBRIDGE_VAR": folder}
    return stack.enter_context(served("fhirbridge.app:from_environment", own, "/health/live"))


def _per_answer(server: Served, message: bytes) -> float:
    rate = client.throughput(server.port, server.pid, message, 1.0, CONNECTIONS, BATCH).per_second
    return 1e6 / rate

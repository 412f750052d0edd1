"""Whether the time of a refusal tells what is stored: unknown, somebody else's, or deleted ids.

2,000 reads of each kind, in turn and in random order, by a patient's token; a two-sample
Kolmogorov-Smirnov test of each pair of kinds. Only a quiet machine's answer means anything.
https://en.wikipedia.org/wiki/Kolmogorov-Smirnov_test
"""

# ruff: noqa: INP001, PLC0415 - a script; what it needs lies with the tests

import gc
import math
import random
import sys
import tempfile
import time
import uuid
from bisect import bisect_right
from collections.abc import Sequence
from http import HTTPStatus
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
READS = 2_000
KINDS = ("unknown", "foreign", "foreign and deleted")
# Below this chance of being the same the difference is taken for real.
LEAST = 0.01


def main() -> int:
    """Return 1 when two kinds differ in time."""
    sys.path.insert(0, str(ROOT / "tests/servers"))
    with tempfile.TemporaryDirectory() as folder:
        clinic, ids = filled(f"sqlite:///{folder}/timing.sqlite")
        times = measured(clinic, ids)
    for kind in KINDS:
        middle = sorted(times[kind])[READS // 2] / 1000
        sys.stdout.write(f"{kind}: median {middle:.1f} µs\n")
    differ = False
    for one, other in combinations(KINDS, 2):
        chance = likeness(times[one], times[other])
        differ = differ or chance <= LEAST
        sys.stdout.write(f"{one} / {other}: p = {chance:.3f}\n")
    return int(differ)


def filled(url: str) -> tuple[Any, dict[str, list[str]]]:
    """Return a clinic and, for each kind, the ids to read."""
    from rest_clinic import an_empty_clinic, observation, resource

    clinic = an_empty_clinic(url, audit="off")
    ids = {kind: [str(uuid.uuid4()) for _ in range(READS)] for kind in KINDS}
    with clinic.server.store.transaction() as tx:
        for patient in ("A", "B"):
            tx.put(resource("Patient", patient), now=clinic.clock())
        for kind in KINDS[1:]:
            for id_ in ids[kind]:
                tx.put(observation(id_, "B"), now=clinic.clock())
    with clinic.server.store.transaction() as tx:
        for id_ in ids[KINDS[2]]:
            tx.delete("Observation", id_, now=clinic.clock())
    return clinic, ids


def measured(clinic: Any, ids: dict[str, list[str]]) -> dict[str, list[int]]:
    """Return the nanoseconds of each read."""
    times: dict[str, list[int]] = {kind: [] for kind in KINDS}
    dice = random.Random(1)  # noqa: S311 (no secret)
    gc.disable()
    for number in range(READS):
        for kind in dice.sample(KINDS, len(KINDS)):
            path = f"/fhir/Observation/{ids[kind][number]}"
            begin = time.perf_counter_ns()
            answer = clinic.ask(path, token="patient")  # noqa: S106 (its name)
            times[kind].append(time.perf_counter_ns() - begin)
            if answer.status != HTTPStatus.NOT_FOUND:
                raise RuntimeError(f"{kind}: {answer.status}")
    return times


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the chance that two samples of one distribution differ this much."""
    first, second = sorted(one), sorted(other)
    apart = max(
        abs(bisect_right(first, x) / len(first) - bisect_right(second, x) / len(second))
        for x in (*first, *second)
    )
    size = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    scaled = (size + 0.12 + 0.11 / size) * apart
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, sum(terms)))


if __name__ == "__main__":
    sys.exit(main())

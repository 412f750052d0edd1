"""Chained searches with a selective end, beside the query that somebody would write by hand.

Both give the same page: the same resources in the same order, with their bodies.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from bench import driver
from bench.asking import TIMES, Line
from bench.comparison import compared, in_turn
from bench.dataset import CODES, LOINC
from bench.measures import Figure
from fhirbridge.search import fold
from fhirbridge.store.index.numbers import param
from fhirbridge.store.index.text import head

CHAINED = (
    "SELECT r.body FROM idx_string s JOIN resource p ON p.row = s.row"
    " JOIN idx_reference o ON o.param = ? AND o.target = 'Patient/' || p.id"
    " JOIN resource r ON r.row = o.row"
    " WHERE s.param = ? AND s.head = ? AND s.exact = ? AND NOT r.deleted ORDER BY r.row LIMIT 50"
)
REVERSED = (
    "SELECT p.body FROM resource p WHERE p.row IN (SELECT q.row FROM idx_token t"
    " CROSS JOIN idx_reference o CROSS JOIN resource q WHERE o.row = t.row AND o.param = ?"
    " AND q.type = 'Patient' AND q.id = substr(o.target, 9)"
    " AND t.param = ? AND t.code = ? AND t.system = ?) AND NOT p.deleted"
    " ORDER BY p.row LIMIT 50"
)
FAMILY = "Образцов3"


class Chain(NamedTuple):
    """A search, and its query by hand."""

    name: str
    path: str
    sql: str
    values: tuple[Any, ...]


def _all() -> Iterator[Chain]:
    patient = param("Observation", "patient")
    family = (param("Patient", "family"), head(fold.string(FAMILY)), fold.exact(FAMILY))
    yield Chain(
        "chained, selective end",
        f"/fhir/Observation?patient.family:exact={FAMILY}",
        CHAINED,
        (patient, *family),
    )
    yield Chain(
        "reverse-chained, selective end",
        f"/fhir/Patient?_has:Observation:patient:code={LOINC}|{CODES[-1]}",
        REVERSED,
        (patient, param("Observation", "code"), CODES[-1], LOINC),
    )


def chains(found: Line, url: str, kind: str) -> Iterator[Figure]:
    """Yield the figures of the database at `url`, which `found` asks.

    Raises RuntimeError when the product and the query by hand do not find equally many.
    """
    ask = driver.asker(url)
    for one in _all():
        page = found.get(one.path).count(b'"mode":"match"')
        if page != ask(one.sql, one.values).count(b'"resourceType"'):
            raise RuntimeError(f"{one.name}: the product and the query by hand differ")
        value, limit = in_turn(
            lambda one=one: found.microseconds(one.path),  # type: ignore[misc]
            lambda one=one: _microseconds(ask, one),  # type: ignore[misc]
        )
        yield compared(f"{one.name}: to SQL by hand", kind, value, limit, "<= 2")


def _microseconds(ask: driver.Ask, one: Chain) -> float:
    """Return the median time of the query by hand, asked as often as the product is."""
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        ask(one.sql, one.values)
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times)

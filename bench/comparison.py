"""Two times beside each other, as a line of the table."""

import statistics
from collections.abc import Callable

from bench.measures import Figure

ROUNDS = 5


def compared(name: str, database: str, value: float, limit: float, budget: str) -> Figure:
    """Return the line of two times in microseconds."""
    return Figure(name, database, value, limit, value / limit, "us", budget)


def in_turn(own: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """Return the medians of what two measures give, taken in turn: what disturbs one hits both."""
    rounds = [(own(), other()) for _ in range(ROUNDS)]
    first, second = zip(*rounds, strict=True)
    return statistics.median(first), statistics.median(second)

"""Two times beside each other, as a line of the table."""

from bench.measures import Figure


def compared(name: str, database: str, value: float, limit: float, budget: str) -> Figure:
    """Return the line of two times in microseconds."""
    return Figure(name, database, value, limit, value / limit, "us", budget)

"""`make bench`: prints the ratios and writes them to var/bench.json."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.databases import Fresh, databases, filled
from bench.growth import growth
from bench.ingest import loading, transactions
from bench.measures import Figure, measured
from bench.wide import asked, wide

# How much smaller the database is that growth is told by, and how small at least.
SMALLER, SMALLEST = 100, 1000
MOST_LOADED = 50_000
OUTPUT = Path("var/bench.json")


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("--results", type=int, default=10_000, help="Observations per database")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    figures: list[Figure] = []
    with databases(options.databases) as found:
        for kind, fresh in found.items():
            figures += of_database(kind, fresh, options.results)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([one.as_json() for one in figures], indent=1), "utf-8")
    show(figures)


def of_database(kind: str, fresh: Fresh, results: int) -> Iterator[Figure]:
    """Yield every figure of one kind of database."""
    url = fresh("bench")
    store, rate = filled(url, results)
    print(f"{kind}: {results} Observations stored at {rate:,.0f} resources/s")
    yield from measured(store, url, kind, results)
    small = max(results // SMALLER, SMALLEST)
    little = fresh("little")
    less, _ = filled(little, small)
    with asked(store, url) as line, asked(less, little) as other:
        yield from growth(other, line, kind, (small, results))
        yield from wide(line, url, kind, results)
        yield transactions(line, url, kind, fresh)
    store.close()
    less.close()
    yield loading(kind, fresh, min(results, MOST_LOADED))


def show(figures: list[Figure]) -> None:
    """Print the table."""
    table = Table("figure", "database", "product", "limit", "unit", "ratio", "budget")
    for one in figures:
        numbers = f"{one.value:,.0f}", f"{one.limit:,.0f}", one.unit, f"{one.ratio:.2f}"
        table.add_row(one.name, one.database, *numbers, one.budget)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()

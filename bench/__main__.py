"""`make bench`: prints the ratios and writes them to var/bench.json."""

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.chains import chains
from bench.databases import Databases, databases
from bench.filling import filled
from bench.footprint import footprint
from bench.growth import growth
from bench.ingest import loading, transactions
from bench.inside import inside
from bench.measures import Figure, measured
from bench.pulling import pulling
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
    parser.add_argument("--keep", type=Path, help="folder of databases to use again: 1M load once")
    options = parser.parse_args()
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory() as other,
        databases(options.databases, options.keep) as kinds,
    ):
        folder = options.keep or Path(other)
        for kind, found in kinds.items():
            figures += of_database(kind, found, options.results, folder)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([one.as_json() for one in figures], indent=1), "utf-8")
    show(figures)


def of_database(kind: str, found: Databases, results: int, folder: Path) -> Iterator[Figure]:
    """Yield every figure of one kind of database."""
    print(f"{kind}: {results} Observations")
    small = max(results // SMALLER, SMALLEST)
    (store, url), (less, little) = (filled(found, size, folder) for size in (results, small))
    yield from inside(store, url, kind, results)
    yield from measured(store, url, kind, results)
    yield from footprint(store, url, kind, results)
    with asked(store, url) as line, asked(less, little) as other:
        yield from growth(other, line, kind, (small, results))
        yield from chains(line, url, kind)
        yield from wide(line, kind, results)
        yield transactions(line, url, kind)
    store.close()
    less.close()
    yield loading(kind, found, min(results, MOST_LOADED))
    yield pulling(kind, found)


def show(figures: list[Figure]) -> None:
    """Print the table."""
    table = Table("figure", "database", "product", "limit", "unit", "ratio", "budget")
    for one in figures:
        numbers = f"{one.value:,.0f}", f"{one.limit:,.0f}", one.unit, f"{one.ratio:.2f}"
        table.add_row(one.name, one.database, *numbers, one.budget)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()

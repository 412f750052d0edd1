"""`make bench`: prints the ratios and writes them to var/bench.json."""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.databases import databases, filled
from bench.measures import Figure, measured

OUTPUT = Path("var/bench.json")


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("--results", type=int, default=10_000, help="Observations per database")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    figures: list[Figure] = []
    with databases(options.databases) as urls:
        for kind, url in urls.items():
            store, rate = filled(url, options.results)
            print(f"{kind}: {options.results} Observations stored at {rate:,.0f} resources/s")
            figures += measured(store, url, kind, options.results)
            store.close()
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([one.as_json() for one in figures], indent=1), "utf-8")
    show(figures)


def show(figures: list[Figure]) -> None:
    """Print the table."""
    table = Table("figure", "database", "product", "limit", "unit", "ratio", "budget")
    for one in figures:
        numbers = f"{one.value:,.0f}", f"{one.limit:,.0f}", one.unit, f"{one.ratio:.2f}"
        table.add_row(one.name, one.database, *numbers, one.budget)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()

"""`fhirbridge load PATH...`: resources from files, with system rights."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from fhirbridge.fhir.instant import system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.settings import Settings
from fhirbridge.sync.load import checker, entries, files, load
from fhirbridge.worker import open_store

WORDS = ("created", "updated", "unchanged", "failed")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--errors", type=click.Path(path_type=Path), help="File for what could not be loaded."
)
@click.option("--typed", is_flag=True, help="Ask fhir.resources as well (slow).")
def command(paths: tuple[Path, ...], errors: Path | None, *, typed: bool) -> None:
    """Load Bundles, single resources and NDJSON; ids are kept, references are free."""
    found = files(paths)
    store = open_store(Settings.load())
    check = checker(definitions(), typed=typed)
    with (
        errors.open("w", encoding="utf-8") if errors else sys.stderr as sink,
        Progress(console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task("loading", total=sum(path.stat().st_size for path in found))
        tally = load(
            store,
            (entry for path in found for entry in entries(path)),
            system_clock,
            check=check,
            failed=lambda place, reason: print(f"{place}: {reason}", file=sink),
            passed=lambda size: progress.advance(task, size),
        )
    click.echo(", ".join(f"{tally[word]} {word}" for word in WORDS))
    sys.exit(1 if tally["failed"] else 0)

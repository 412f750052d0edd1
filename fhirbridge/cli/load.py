"""`fhirbridge load PATH...`: resources from files, with system rights."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from fhirbridge.fhir.instant import system_clock
from fhirbridge.fhir.json import dump
from fhirbridge.fhir.outcome import outcome
from fhirbridge.settings import Settings
from fhirbridge.sync.loading.load import load
from fhirbridge.sync.loading.pieces import files
from fhirbridge.sync.loading.workshop import Problem
from fhirbridge.worker import load_recipe

WORDS = ("created", "updated", "unchanged", "failed")
# Starting processes takes longer than loading this many bytes.
WORTH_PROCESSES = 4 * 2**20
# How many problems are told on the terminal; a file takes them all.
MOST_TOLD = 20


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--errors",
    type=click.Path(path_type=Path),
    help="NDJSON file for what could not be loaded: place, resource, OperationOutcome.",
)
@click.option("--typed", is_flag=True, help="Ask fhir.resources as well (slow).")
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="one per core",
    help="How many processes read, check and index.",
)
def command(paths: tuple[Path, ...], errors: Path | None, *, typed: bool, processes: int) -> None:
    """Load Bundles, single resources and NDJSON; ids are kept, references are free.

    Stopped half-way, the same command goes on where it was. Loading the same again changes nothing.
    """
    found = files(paths)
    size = sum(path.stat().st_size for path in found)
    recipe = load_recipe(Settings.load(), typed=typed)
    with problems(errors) as failed, Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("loading", total=size)
        tally = load(
            recipe,
            found,
            system_clock,
            processes=processes if size > WORTH_PROCESSES else 1,
            failed=failed,
            passed=lambda more: progress.advance(task, more),
        )
    click.echo(", ".join(f"{tally[word]} {word}" for word in WORDS))
    sys.exit(1 if tally["failed"] else 0)


@contextmanager
def problems(path: Path | None) -> Iterator[Callable[[Problem], None]]:
    """Give the function that tells a problem: at the end of the file, or to the terminal."""
    if path is not None:
        with path.open("ab") as file:
            yield lambda problem: write(problem, file.write)
        return
    told: list[Problem] = []
    try:
        yield lambda problem: tell(problem, told)
    finally:
        if len(told) > MOST_TOLD:
            click.echo(f"… and {len(told) - MOST_TOLD} more: --errors FILE has them all", err=True)


def write(problem: Problem, put: Callable[[bytes], object]) -> None:
    """Write one line of JSON."""
    line = {"place": problem.place, "outcome": outcome(problem.issues)}
    put(dump(line | ({"resource": problem.name} if problem.name else {})) + b"\n")


def tell(problem: Problem, told: list[Problem]) -> None:
    """Tell one problem in one line, unless it is one too many."""
    told.append(problem)
    if len(told) <= MOST_TOLD:
        issues = problem.issues[:3]
        text = "; ".join(f"{' '.join(one.expression)} {one.diagnostics}".strip() for one in issues)
        click.echo(f"{problem.place}: {problem.name} {text}", err=True)

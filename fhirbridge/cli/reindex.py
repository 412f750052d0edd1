"""`fhirbridge reindex`: compute every index row anew from what is stored."""

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from fhirbridge.settings import Settings
from fhirbridge.store.store import Store
from fhirbridge.worker import open_store


@click.command()
def command() -> None:
    """Compute the index anew, after a new release or another declaration."""
    click.echo(f"{reindexed(open_store(Settings.load()))} resources indexed")


def reindexed(store: Store) -> int:
    """Return how many resources were indexed, after showing how it goes."""
    columns = (SpinnerColumn(), TextColumn("reindexing"), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        return store.reindex(lambda number: progress.update(task, completed=number))

"""`fhirbridge remap SOURCE`: today's mappings, applied to the records that were kept."""

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from fhirbridge.cli.sync import tell
from fhirbridge.settings import Settings
from fhirbridge.sync.remap import remap
from fhirbridge.worker import declared, open_bridge


@click.command()
@click.argument("source")
def command(source: str) -> None:
    """Apply the mappings of SOURCE to every kept record; the source is not asked."""
    settings = Settings.load()
    sources = declared(settings)
    if source not in sources:
        raise click.BadParameter(f"{source!r} is not configured")
    bridge = open_bridge(settings, {source: sources[source]})
    columns = (SpinnerColumn(), TextColumn("records"), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        tell(remap(bridge, source, lambda count: progress.advance(task, count)))

"""`fhirbridge sync SOURCE [STREAM]`: read a source now, in this process, without Redis."""

import sys

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn

from fhirbridge.settings import Settings
from fhirbridge.sync.report import Report
from fhirbridge.sync.synchronise import Step, synchronise
from fhirbridge.worker import declared, open_bridge


@click.command()
@click.argument("source")
@click.argument("stream", required=False)
def command(source: str, stream: str | None) -> None:
    """Read SOURCE, or one STREAM of it and what follows, and say what came of it."""
    settings = Settings.load()
    sources = declared(settings)
    if source not in sources:
        known = ", ".join(sources) or "none"
        raise click.BadParameter(f"{source!r} is not configured (known: {known})")
    if stream is not None and stream not in sources[source].profile.streams:
        known = ", ".join(sources[source].profile.streams)
        raise click.BadParameter(f"{source} has no stream {stream!r} (known: {known})")
    bridge = open_bridge(settings, {source: sources[source]})
    columns = (TextColumn("{task.description}"), *Progress.get_default_columns()[1:3])
    with Progress(*columns, MofNCompleteColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(source, total=None)

        def step(one: Step) -> None:
            label = f"{source}/{one.stream}"
            progress.update(task, completed=one.done, total=one.known, description=label)

        reports = synchronise(bridge, source, stream, step)
    tell(reports)
    sys.exit(0 if all(report.clean for report in reports.values()) else 1)


def tell(reports: dict[str, Report]) -> None:
    """Print what became of the records of each stream."""
    for stream, report in reports.items():
        click.echo(
            f"{stream}: {report.records} records ({report.changed} changed), {report.items} items:"
            f" {report.mapped} mapped, {report.quarantined.total()} in quarantine,"
            f" {report.ignored.total()} ignored; {report.created.total()} resources created,"
            f" {report.updated.total()} updated, {report.unchanged} unchanged"
        )
        for reason, count in report.failures.items():
            click.echo(f"  {count} calls without data: {reason}")
        for line in report.refused:
            click.echo(f"  not believed: {line}")

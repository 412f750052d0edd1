"""`fhirbridge quarantine list|show|replay`: what could not be mapped, and why."""

import click

from fhirbridge.fhir.instant import to_instant
from fhirbridge.settings import Settings
from fhirbridge.sync.remap import replay as replay_case
from fhirbridge.worker import declared, open_bridge, open_store

LINE = "{0.id:>6}  {0.source}/{0.stream}  {0.item_key}  {0.reason_code}: {0.reason}"


@click.group()
def command() -> None:
    """List, show and replay what could not be mapped."""


@command.command("list")
@click.option("--source", help="Only of this source.")
def list_(source: str | None) -> None:
    """List the open cases, one a line."""
    after = 0
    store = open_store(Settings.load())
    while True:
        with store.transaction() as transaction:
            cases = transaction.quarantine.list(source, after=after)
        for case in cases:
            click.echo(LINE.format(case))
        if not cases:
            return
        after = cases[-1].id


@command.command()
@click.argument("number", type=int)
def show(number: int) -> None:
    """Show one case with the record as it came."""
    with open_store(Settings.load()).transaction() as transaction:
        case = transaction.quarantine.show(number)
        if case is None:
            raise click.ClickException(f"there is no case {number}")
        record = transaction.records.get(case.record)
    click.echo(LINE.format(case))
    click.echo(f"        {case.mapping}, held since {to_instant(case.held)}")
    click.echo(record.body.decode("utf-8", "replace") if record else "the record is gone")


@command.command()
@click.argument("numbers", nargs=-1, required=True, type=int)
def replay(numbers: tuple[int, ...]) -> None:
    """Map the records of these cases once more, after the cause was mended."""
    settings = Settings.load()
    bridge = open_bridge(settings, declared(settings))
    for number in numbers:
        try:
            closed = replay_case(bridge, number)
        except KeyError:
            raise click.ClickException(f"there is no case {number}, or no such source") from None
        click.echo(f"{number}: {'mapped, case closed' if closed else 'still in quarantine'}")

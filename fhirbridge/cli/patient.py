"""`fhirbridge patient merge | unmerge | merges`: records that staff say are of one person."""

import click

from fhirbridge.fhir.instant import system_clock, to_instant
from fhirbridge.settings import Settings
from fhirbridge.sync.merging import Moved, NotMergedError, Staff
from fhirbridge.sync.merging import merge as merge_records
from fhirbridge.sync.merging import unmerge as unmerge_records
from fhirbridge.worker import open_store

BY = click.option("--by", required=True, help="Who decided it: a name for the audit trail.")


@click.group()
def command() -> None:
    """Make two records of one person one, and apart again."""


@command.command()
@click.argument("merged")
@click.argument("survivor")
@click.option("--reason", default="", help="How it is known that this is one person.")
@BY
def merge(merged: str, survivor: str, reason: str, by: str) -> None:
    """Confirm that Patient MERGED is Patient SURVIVOR, to whom the data of both belongs then.

    Done again, it moves what came since. Accounts follow; what apps were given for MERGED ends.
    """
    store, staff = open_store(Settings.load()), _staff(by)
    try:
        moved = store.run(lambda tx: merge_records(tx, merged, survivor, staff, reason))
    except NotMergedError as error:
        raise click.ClickException(str(error)) from error
    click.echo(_told(moved))


@command.command()
@click.argument("merged")
@BY
def unmerge(merged: str, by: str) -> None:
    """Take back that Patient MERGED is another one: what was moved goes back.

    What sources told since goes to the right record with `fhirbridge remap SOURCE`.
    """
    store, staff = open_store(Settings.load()), _staff(by)
    try:
        moved = store.run(lambda tx: unmerge_records(tx, merged, staff))
    except NotMergedError as error:
        raise click.ClickException(str(error)) from error
    click.echo(_told(moved))
    click.echo("note: run `fhirbridge remap SOURCE` for what came in the meantime", err=True)


@command.command()
def merges() -> None:
    """Print every merge there was: when, who into whom, by whom, whether it was taken back."""
    with open_store(Settings.load()).transaction() as tx:
        for one in tx.merges.all():
            state = f"undone by {one.undone_by}" if one.undone else "in force"
            day = to_instant(one.confirmed)[:10]
            click.echo(f"{day}\t{one.merged}\t{one.survivor}\t{one.staff}\t{state}\t{one.reason}")


def _staff(name: str) -> Staff:
    return Staff(name, system_clock(), Settings.load().base_url)


def _told(moved: Moved) -> str:
    return f"{moved.resources} resources, {moved.keys} keys and {moved.accounts} accounts moved"

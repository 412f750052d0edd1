"""`fhirbridge init`: the secret, the tables, and what needs no source."""

import click

from fhirbridge.cli.reindex import reindexed
from fhirbridge.settings import Settings
from fhirbridge.worker import fill, open_store


@click.command()
def command() -> None:
    """Make var/secret, create or upgrade tables and index, store terminology, organisations."""
    settings = Settings.load()
    settings.make_secret()
    settings.var.mkdir(parents=True, exist_ok=True)
    store = open_store(settings)
    store.migrate()
    if not store.is_indexed:
        click.echo(f"indexed anew for these declarations: {reindexed(store)} resources")
    store.close()
    click.echo(f"ready: {fill(settings)} resources of terminology and organisations are new")

"""`fhirbridge init`: the secret, the tables, and what needs no source."""

import click

from fhirbridge.settings import Settings
from fhirbridge.worker import fill, open_store


@click.command()
def command() -> None:
    """Make var/secret, create or upgrade the tables, store terminology and organisations."""
    settings = Settings.load()
    settings.make_secret()
    settings.var.mkdir(parents=True, exist_ok=True)
    store = open_store(settings)
    store.migrate()
    store.close()
    click.echo(f"ready: {fill(settings)} resources of terminology and organisations are new")

"""`fhirbridge check-config`: settings, configuration and declarations, before anything runs."""

import click

from fhirbridge.settings import Settings, secret_value
from fhirbridge.worker import declared, open_store


@click.command()
def command() -> None:
    """Check what the environment and the files say; the first mistake is one clear line."""
    settings = Settings.load()
    settings.secret()
    sources = declared(settings)
    for name, source in sources.items():
        source.link(secret_value)
        click.echo(f"source {name}: {source.profile.title}")
    if not sources:
        click.echo("no source is configured: see FHIRBRIDGE_CONFIG in docs/settings.md")
    open_store(settings).check()
    click.echo(f"the clinic's zone is {settings.time_zone}; settings and database are in order")

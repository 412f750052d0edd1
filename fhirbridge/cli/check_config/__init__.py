"""`fhirbridge check-config`: settings, configuration and declarations, before anything runs."""

import click

from fhirbridge.app.issuers import login_providers, trusted_issuers
from fhirbridge.cli.check_config.weaknesses import errors, warnings
from fhirbridge.settings import Settings, SettingsError, secret_value
from fhirbridge.worker import declared, open_store


@click.command()
def command() -> None:
    """Check what the environment and the files say; a mistake is one clear line."""
    settings = Settings.load()
    settings.secret()
    sources = declared(settings)
    for name, source in sources.items():
        source.link(secret_value)
        click.echo(f"source {name}: {source.profile.title}")
    if not sources:
        click.echo("no source is configured: see FHIRBRIDGE_CONFIG in docs/settings.md")
    login_providers(settings.configuration())
    trusted_issuers(settings.configuration())
    _judge(settings)
    open_store(settings).check()
    click.echo(f"the clinic's zone is {settings.time_zone}; settings and database are in order")


def _judge(settings: Settings) -> None:
    """Say what is weak; raises SettingsError for what no clinic should run with."""
    for line in warnings(settings):
        click.echo(f"warning: {line}", err=True)
    found = list(errors(settings))
    for line in found[:-1]:
        click.echo(f"Error: {line}", err=True)
    if found:
        raise SettingsError(found[-1])


__all__ = ["command"]

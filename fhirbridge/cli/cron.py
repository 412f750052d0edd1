"""`fhirbridge cron`: the timetable."""

import click

from fhirbridge.settings import Settings
from fhirbridge.worker import keep_time


@click.command()
def command() -> None:
    """Run the timetable: it only enqueues. One process of an installation does."""
    keep_time(Settings.load())

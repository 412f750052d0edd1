"""`fhirbridge worker`: does what the outbox says."""

import click

from fhirbridge.settings import Settings
from fhirbridge.worker import open_store, work


@click.command()
@click.option("--burst", is_flag=True, help="End when there is nothing to do.")
def command(*, burst: bool) -> None:
    """Run a worker; start as many as you like, on any host."""
    settings = Settings.load()
    open_store(settings).check()
    work(settings, burst=burst)

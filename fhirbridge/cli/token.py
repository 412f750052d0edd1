"""`fhirbridge token`: one access token on standard output, and nothing else."""

import click

from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir.errors import FhirError
from fhirbridge.fhir.instant import SECOND, system_clock
from fhirbridge.settings import Settings
from fhirbridge.worker import open_store


@click.command()
@click.option("--scope", required=True, help="Such as 'system/*.rs' or 'patient/*.rs'.")
@click.option("--patient", help="Id of the patient of the launch context.")
@click.option("--user", help="Who the token stands for, such as Practitioner/123.")
@click.option("--ttl", default=3600, show_default=True, help="Seconds until it expires.")
def command(scope: str, patient: str | None, user: str | None, ttl: int) -> None:
    """Make an access token and print it; only its hash is kept."""
    if ttl <= 0:
        raise click.BadParameter("must be positive", param_hint="--ttl")
    store = open_store(Settings.load())
    wanted = Wanted(scope, ttl * SECOND, patient=patient, user=user, client="fhirbridge-cli")
    try:
        token, _ = issue(wanted, store.tokens, system_clock())
    except FhirError as error:
        raise click.BadParameter(str(error), param_hint="--scope") from error
    click.echo(token)

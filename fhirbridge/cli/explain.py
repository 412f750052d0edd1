"""`fhirbridge explain QUERY`: how the store answers a search."""

import click

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM
from fhirbridge.fhir.errors import FhirError
from fhirbridge.fhir.instant import system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.rest.query_string import pairs
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.understand import understand
from fhirbridge.settings import Settings
from fhirbridge.worker import open_store


@click.command()
@click.argument("query")
def command(query: str) -> None:
    """Show the plan of QUERY, such as 'Observation?patient=1&code=718-7&_sort=-date'."""
    settings = Settings.load()
    type_, _, text = query.removeprefix("/").partition("?")
    definition = definitions().get(type_)
    if definition is None:
        raise click.BadParameter(f"{type_!r} is not a type that is served", param_hint="QUERY")
    context = SearchContext(settings.time_zone, settings.base_url, system_clock())
    try:
        understood = understand(type_, definition.searchable, pairs(text), context)
        permitted = permit(understood.query, definition, SYSTEM)
    except FhirError as error:
        raise click.BadParameter(str(error), param_hint="QUERY") from error
    click.echo(open_store(settings).explain(permitted))

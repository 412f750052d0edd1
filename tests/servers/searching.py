"""What the search tests share: a context in Moscow and a way to ask one resource."""

from zoneinfo import ZoneInfo

from fhirbridge.search.evaluate import matches
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.understand import understand

CONTEXT = SearchContext(
    ZoneInfo("Europe/Moscow"), "https://clinic.example/fhir", 1_772_000_000_000_000
)


def asked(resource, parameters, *pairs):
    """Return whether `resource` answers the search made of `pairs`."""
    known = {parameter.code: parameter for parameter in parameters}
    understood = understand(resource["resourceType"], known, pairs, CONTEXT)
    return matches(understood.query, resource, CONTEXT)

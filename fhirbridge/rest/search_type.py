"""The search-type interaction, by GET and by POST: https://hl7.org/fhir/R4/http.html#search."""

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import require
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.found import answer_on
from fhirbridge.rest.server import Server


def search_type(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return one page of matches; raises what rights, parameters and the representation raise."""
    definition = server.definitions[request.type_]
    require(principal, definition, "search-type")  # 403 is said before any 400
    return answer_on(request.type_, request, principal, server)

"""The capabilities interaction, open to all: https://hl7.org/fhir/R4/http.html#capabilities."""

from fhirbridge.fhir.errors import NotSupported
from fhirbridge.fhir.json import dump
from fhirbridge.rest import negotiation
from fhirbridge.rest.capability import statement
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.query_string import pairs
from fhirbridge.rest.server import Server


def capabilities(request: FhirRequest, server: Server) -> FhirResponse:
    """Return the CapabilityStatement; `mode=full` and `normative` are the same one here.

    Raises NotSupported for `mode=terminology`, and what the representation raises.
    """
    given = pairs(request.query)
    indent = negotiation.pretty(request.headers.get("accept"), given)
    if any(name == "mode" and value not in {"full", "normative"} for name, value in given):
        raise NotSupported("mode: full and normative are served")
    return fhir_json(dump(statement(server, server.base(request)), pretty=indent))

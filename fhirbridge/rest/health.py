"""Whether the process lives, and whether it can serve: for load balancers and operators."""

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.fhir.instant import to_instant
from fhirbridge.fhir.json import dump
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.freshness import TYPES
from fhirbridge.rest.routes import Answer
from fhirbridge.rest.server import Server

JSON = ("Content-Type", "application/json")


def live(request: FhirRequest, server: Server) -> FhirResponse:
    """Return 200: the process answers."""
    del request, server
    return FhirResponse(200, dump({"status": "live"}), (JSON,))


def ready(request: FhirRequest, server: Server) -> FhirResponse:
    """Return 200 and when sources were last read; raises Unavailable without the database."""
    del request
    try:
        read_at = {type_: server.read_at(type_) for type_ in sorted(TYPES)}
        server.ready()
    except Exception as error:
        raise Unavailable("The database does not answer") from error
    told = {type_: to_instant(at) for type_, at in read_at.items() if at is not None}
    return FhirResponse(200, dump({"status": "ready", "sourcesReadAt": told}), (JSON,))


HEALTH: dict[str, Answer] = {"/health/live": live, "/health/ready": ready}

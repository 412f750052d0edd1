"""The read interaction: https://hl7.org/fhir/R4/http.html#read."""

from typing import Literal

from fhirbridge.auth.access import permit_by_id
from fhirbridge.auth.principal import Principal
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.representation import ID, present, pretty, represented
from fhirbridge.rest.server import Server
from fhirbridge.search.query import PermittedQuery
from fhirbridge.store.stored import Stored


def read(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return the resource, or 304; raises NotFound, Gone and what rights and parameters raise."""
    permitted = permitted_read(request, principal, server)
    indent = pretty(request)
    return represented(found(permitted, request, server), request, indent=indent)


def permitted_read(
    request: FhirRequest,
    principal: Principal,
    server: Server,
    interaction: Literal["read", "vread"] = "read",
) -> PermittedQuery:
    """Return the look-up by id as far as `principal` may make it; raises Forbidden."""
    definition = server.definitions[request.type_]
    return permit_by_id(request.type_, request.id_, definition, principal, interaction)


def found(permitted: PermittedQuery, request: FhirRequest, server: Server) -> Stored:
    """Return what is visible under that id; raises NotFound or Gone."""
    return present(server.store.read(permitted) if ID.fullmatch(request.id_) else None)

"""The vread interaction: https://hl7.org/fhir/R4/http.html#vread."""

import re

from fhirbridge.auth.principal import Principal
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.read import permitted_read
from fhirbridge.rest.representation import ID, present, pretty, represented
from fhirbridge.rest.server import Server
from fhirbridge.search.query import PermittedQuery
from fhirbridge.store.stored import Stored

VERSION = re.compile(r"[1-9][0-9]{0,8}")


def vread(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return that version, or 304; raises NotFound, Gone when that version is a deletion."""
    permitted = permitted_read(request, principal, server, "vread")
    indent = pretty(request)
    return represented(_found(permitted, request, server), request, indent=indent)


def found_version(request: FhirRequest, principal: Principal, server: Server) -> Stored:
    """Return the version that is asked for; raises Forbidden, NotFound, Gone."""
    return _found(permitted_read(request, principal, server, "vread"), request, server)


def _found(permitted: PermittedQuery, request: FhirRequest, server: Server) -> Stored:
    named = ID.fullmatch(request.id_) and VERSION.fullmatch(request.version)
    return present(server.store.vread(permitted, int(request.version)) if named else None)

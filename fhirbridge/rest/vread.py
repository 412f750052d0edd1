"""The vread interaction: https://hl7.org/fhir/R4/http.html#vread."""

import re

from fhirbridge.auth.principal import Principal
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.read import permitted_read
from fhirbridge.rest.representation import ID, present, pretty, represented
from fhirbridge.rest.server import Server

VERSION = re.compile(r"[1-9][0-9]{0,8}")


def vread(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return that version, or 304; raises NotFound, Gone when that version is a deletion."""
    permitted = permitted_read(request, principal, server, "vread")
    indent = pretty(request)
    named = ID.fullmatch(request.id_) and VERSION.fullmatch(request.version)
    stored = server.store.vread(permitted, int(request.version)) if named else None
    return represented(present(stored), request, indent=indent)

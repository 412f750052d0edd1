"""Storing a Binary: the content itself, or the resource that holds it.

https://hl7.org/fhir/R4/binary.html#rest
"""

from base64 import b64encode
from typing import Any

from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import UnsupportedMediaType
from fhirbridge.rest.create import conditional, creating
from fhirbridge.rest.exchange import FhirRequest
from fhirbridge.rest.incoming import check_not_encoded, is_fhir, resource_of, type_named, with_id
from fhirbridge.rest.server import Server
from fhirbridge.rest.update import updating
from fhirbridge.rest.writing import Unit, done, new_id, writing

# Through which resource the content is visible: a reference, as Binary.securityContext is.
CONTEXT = "x-security-context"


def prepare_create_binary(request: FhirRequest, principal: Principal, server: Server) -> Unit:
    """Return what stores new content; raises what `prepare_create` raises."""
    write = conditional(writing("create", request, principal, server))
    return creating(write, with_id(_received(request, server), new_id()))


def prepare_update_binary(request: FhirRequest, principal: Principal, server: Server) -> Unit:
    """Return what stores content under its id; raises what `prepare_update` raises."""
    write = writing("update", request, principal, server)
    received = _received(request, server)
    return updating(write, received if "id" in received else with_id(received, request.id_))


def _received(request: FhirRequest, server: Server) -> dict[str, Any]:
    """Return the Binary in the body; content of its own becomes one without an id."""
    check_not_encoded(request)
    name = type_named(request)
    if is_fhir(name):
        return resource_of(request, server.limits.max_depth)
    if name == "application/fhir+xml":
        raise UnsupportedMediaType("Resources are sent as application/fhir+json")
    binary = {"resourceType": "Binary", "contentType": request.headers["content-type"].strip()}
    context = request.headers.get(CONTEXT)
    about = {"securityContext": {"reference": context}} if context else {}
    return {**binary, **about, "data": b64encode(request.body).decode()}


create_binary = done(prepare_create_binary)
update_binary = done(prepare_update_binary)

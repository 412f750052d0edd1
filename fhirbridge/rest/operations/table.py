"""The operations of this server: a new one is a file and a line here."""

from collections.abc import Mapping

from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import NotFound
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.operations import everything, lastn, meta, validate

OPERATIONS = (
    validate.OPERATION,
    everything.OPERATION,
    lastn.OPERATION,
    meta.READ,
    meta.ADD,
    meta.DELETE,
)
# Where an operation could be; a name that is none of ours is not taken for an id.
ANYWHERE = ("/$<version>", "/<id_>/$<version>")


def places(definitions: Mapping[str, ResourceDefinition]) -> list[tuple[str, str]]:
    """Return path and type of every place where an unknown operation may be asked for."""
    of_types = [(f"/{type_}{end}", type_) for type_ in definitions for end in ANYWHERE]
    return [(ANYWHERE[0], ""), *of_types]


def unknown(request: FhirRequest, principal: Principal, server: object) -> FhirResponse:
    """Raise NotFound: names are case-sensitive."""
    del request, principal, server
    raise NotFound("There is no such operation; those of this server are in /metadata")

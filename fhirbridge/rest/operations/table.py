"""The operations of this server: a new one is a file and a line here."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import MethodNotAllowed, NotFound
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.operations import everything, lastn, meta, validate
from fhirbridge.rest.server import Server

OPERATIONS = (
    validate.OPERATION,
    everything.OPERATION,
    lastn.OPERATION,
    meta.READ,
    meta.ADD,
    meta.DELETE,
)
METHODS = ("GET", "POST")
# Where an operation could be; a name that is none of ours is not taken for an id.
ANYWHERE = ("/$<version>", "/<id_>/$<version>")


class Place(NamedTuple):
    """Where something is called, by which method, and what answers."""

    method: str
    path: str
    type_: str
    run: Callable[[FhirRequest, Principal, Server], FhirResponse]


def places(definitions: Mapping[str, ResourceDefinition]) -> Iterator[Place]:
    """Yield every place where an operation is called, then those where unknown ones would be."""
    for operation in OPERATIONS:
        runs = dict.fromkeys(operation.methods, operation)
        for path, type_ in operation.paths(definitions):
            for method in METHODS:
                yield Place(method, path, type_, runs.get(method, only_posted))
    of_types = [(f"/{type_}{end}", type_) for type_ in definitions for end in ANYWHERE]
    for path, type_ in ((ANYWHERE[0], ""), *of_types):
        yield from (Place(method, path, type_, unknown) for method in METHODS)


def only_posted(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Raise MethodNotAllowed: what changes something is not called by GET."""
    del request, principal, server
    error = MethodNotAllowed("This operation changes something: use POST")
    error.headers["Allow"] = "POST, OPTIONS"
    raise error


def unknown(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Raise NotFound: names are case-sensitive."""
    del request, principal, server
    raise NotFound("There is no such operation; those of this server are in /metadata")

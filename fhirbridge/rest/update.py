"""The update interaction, by id or by criteria: https://hl7.org/fhir/R4/http.html#update."""

from typing import Any

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import may_choose_id
from fhirbridge.fhir.errors import Conflict, Invalid, MethodNotAllowed
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.incoming import resource_of, with_id
from fhirbridge.rest.representation import ID, not_found
from fhirbridge.rest.server import Server
from fhirbridge.rest.validation import check_valid
from fhirbridge.rest.writing import Unit, Writing, done, new_id, writing
from fhirbridge.store.stored import Stored
from fhirbridge.store.transaction import Transaction

Resource = dict[str, Any]


def prepare_update(request: FhirRequest, principal: Principal, server: Server) -> Unit:
    """Return what puts the resource in place of what is under its id, or what criteria find.

    Raises what rights, format and content raise.
    """
    write = writing("update", request, principal, server)
    return updating(write, resource_of(request, server.limits.max_depth))


def updating(write: Writing, resource: Resource) -> Unit:
    """Return what stores `resource`; raises Invalid when it is not valid or has another id."""
    if write.criteria is None:
        _check_id(resource, write.request)
    check_valid(resource if "id" in resource else with_id(resource, new_id()))
    run = _by_id if write.criteria is None else _by_criteria
    return lambda tx: run(write, tx, resource)


def _by_id(write: Writing, tx: Transaction, resource: Resource) -> FhirResponse:
    stored = write.locked(tx, write.request.id_)
    if stored is None:
        _check_new_id(write)
    return write.put(tx, resource, stored)


def _by_criteria(write: Writing, tx: Transaction, resource: Resource) -> FhirResponse:
    found = write.match(tx)
    if found is None:
        return write.put(tx, *_fresh(write, tx, resource))
    if resource.get("id", found.id_) != found.id_:
        raise Invalid("The criteria find a resource with another id")
    return write.put(tx, with_id(resource, found.id_), found)


def _check_id(resource: Resource, request: FhirRequest) -> None:
    """Raise Invalid unless the resource has the id of its address, which is one."""
    if not ID.fullmatch(request.id_):
        raise Invalid("The address does not name an id")
    if resource.get("id") != request.id_:
        place = (f"{request.type_}.id",)
        raise Invalid("The resource must have the id of its address", expression=place)


def _check_new_id(write: Writing) -> None:
    """Raise NotFound or, to those who may know that nothing is there, MethodNotAllowed."""
    if not may_choose_id(write.principal):
        raise not_found()
    if not write.server.writes.update_create:
        raise MethodNotAllowed("New resources get their id from this server: use POST")


def _fresh(write: Writing, tx: Transaction, resource: Resource) -> tuple[Resource, Stored | None]:
    """Return `resource` with its new id, and what was deleted under that.

    Raises Conflict when the id is taken.
    """
    if "id" not in resource:
        return with_id(resource, new_id()), None
    stored = write.locked(tx, resource["id"])
    if stored is None:
        _check_new_id(write)
    elif not stored.deleted:
        raise Conflict("The id belongs to a resource that the criteria do not find")
    return resource, stored


update = done(prepare_update)

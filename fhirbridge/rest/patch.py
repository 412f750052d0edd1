"""The patch interaction: JSON Patch and FHIRPath Patch, by id or by criteria.

https://hl7.org/fhir/R4/http.html#patch
"""

from collections.abc import Callable
from typing import Any

from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import FhirError, Unprocessable, UnsupportedMediaType
from fhirbridge.fhir.json import dump, parse
from fhirbridge.fhir.patch import json_patch, parameters
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.incoming import is_fhir, media_type, object_in, of_type
from fhirbridge.rest.representation import ID, present
from fhirbridge.rest.server import Server
from fhirbridge.rest.validation import because, check_valid
from fhirbridge.rest.writing import Unit, done, writing
from fhirbridge.store.stored import Stored
from fhirbridge.store.transaction import Transaction

JSON_PATCH = "application/json-patch+json"
PATCHES = (JSON_PATCH, "application/fhir+json")

Change = Callable[[dict[str, Any]], Any]


def prepare_patch(request: FhirRequest, principal: Principal, server: Server) -> Unit:
    """Return what changes the resource; raises what rights, parameters and format raise."""
    write = writing("patch", request, principal, server)
    change = _change(request)

    def unit(tx: Transaction) -> FhirResponse:
        if write.criteria is not None:
            stored = present(write.match(tx))
        else:
            named = ID.fullmatch(request.id_)
            stored = present(write.locked(tx, request.id_) if named else None)
        write.check(stored)
        return write.put(tx, _patched(stored, change, server.limits.max_depth), stored)

    return unit


def _change(request: FhirRequest) -> Change:
    name = media_type(request)
    if name == JSON_PATCH:
        operations = parse(request.body)
        return lambda resource: json_patch.apply(resource, operations)
    if name and is_fhir(name):
        given = object_in(request.body)
        return lambda resource: parameters.apply(resource, given)
    error = UnsupportedMediaType(f"A patch is sent as one of {', '.join(PATCHES)}")
    error.headers["Accept-Patch"] = ", ".join(PATCHES)
    raise error


def _patched(stored: Stored, change: Change, levels: int) -> dict[str, Any]:
    """Return the stored resource after `change`; raises Unprocessable when it may not be stored."""
    changed = _whole(change(parse(stored.body)), levels)
    if (changed.get("resourceType"), changed.get("id")) != (stored.type_, stored.id_):
        raise Unprocessable("A patch cannot change type or id")
    resource = of_type(changed, stored.type_)
    check_valid(resource, Unprocessable)
    return resource


def _whole(changed: Any, levels: int) -> dict[str, Any]:
    """Return `changed` as it would come in a request, without what it left empty."""
    try:
        read = object_in(dump(_pruned(changed)), levels)
    except (RecursionError, TypeError):
        raise Unprocessable("The patch nests the resource too deeply") from None
    except FhirError as error:
        raise because(Unprocessable, error.issues) from error
    return read


def _pruned(value: Any) -> Any:
    """Return `value` without empty arrays and objects, which FHIR does not have."""
    if isinstance(value, dict):
        pruned = {name: _pruned(child) for name, child in value.items()}
        return {name: child for name, child in pruned.items() if child not in ({}, [])}
    if isinstance(value, list):
        return [child for child in map(_pruned, value) if child not in ({}, [])]
    return value


patch = done(prepare_patch)

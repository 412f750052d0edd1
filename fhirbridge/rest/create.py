"""The create interaction, conditional or not: https://hl7.org/fhir/R4/http.html#create."""

from dataclasses import replace
from typing import Any

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import require_conditional
from fhirbridge.fhir.errors import NotSupported
from fhirbridge.rest.criteria import query_in
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.incoming import resource_of, with_id
from fhirbridge.rest.server import Server
from fhirbridge.rest.validation import check_valid
from fhirbridge.rest.writing import Unit, Writing, done, new_id, writing
from fhirbridge.rest.written import returned
from fhirbridge.store.transaction import Transaction


def prepare_create(request: FhirRequest, principal: Principal, server: Server) -> Unit:
    """Return what stores the resource under a new id, or finds it there already.

    Raises what rights, format and content raise.
    """
    write = conditional(writing("create", request, principal, server))
    return creating(write, with_id(resource_of(request, server.limits.max_depth), new_id()))


def creating(write: Writing, resource: dict[str, Any]) -> Unit:
    """Return what stores `resource`, unless the criteria find one: then that is the answer.

    Raises Invalid or Unprocessable when it may not be stored.
    """
    check_valid(resource)

    def unit(tx: Transaction) -> FhirResponse:
        found = None if write.criteria is None else write.match(tx)
        if found is not None:
            return returned(found, "found", write.answering, 200)
        return write.put(tx, resource, None)

    return unit


def conditional(write: Writing) -> Writing:
    """Return `write` with the criteria of its If-None-Exist, if it has one.

    Raises Forbidden without the right to search, and what `query_in` raises.
    """
    text = write.request.headers.get("if-none-exist")
    if text is None:
        return write
    if "search-type" not in write.definition.interactions:
        raise NotSupported(f"{write.request.type_} cannot be searched, so neither If-None-Exist")
    require_conditional(write.principal, write.definition, "create")
    type_, base_url = write.request.type_, write.answering.base_url
    return replace(write, criteria=query_in(text, type_, write.server, base_url))


create = done(prepare_create)

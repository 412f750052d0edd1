"""Searching a patient's compartment: `Patient/1/Observation`, `Patient/1/*`.

https://hl7.org/fhir/R4/http.html#vsearch, https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from collections.abc import Mapping
from dataclasses import replace

from fhirbridge.auth.access import permit, sees_as_patient
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import require
from fhirbridge.fhir.errors import Forbidden
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.rest.asked import Scope, given_to
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.found import answer
from fhirbridge.rest.representation import ID, not_found
from fhirbridge.rest.search_system import TYPE, named_types, searched
from fhirbridge.rest.server import Server
from fhirbridge.search.membership import PATIENT, in_compartment, members
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.query import Clause, by_id


def compartment_types(definitions: Mapping[str, ResourceDefinition]) -> tuple[str, ...]:
    """Return the served types that have a place in a patient's compartment."""
    return tuple(
        type_
        for type_, definition in definitions.items()
        if type_ in members() and "search-type" in definition.interactions
    )


def search_compartment(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return one page of a type's matches in the compartment; raises NotFound as a read would."""
    require(principal, server.definitions[request.type_], "search-type")
    scope = _scope(request.type_, (request.type_,), request, principal, server)
    return answer(scope, given_to(request), request, principal, server)


def search_whole_compartment(
    request: FhirRequest, principal: Principal, server: Server
) -> FhirResponse:
    """Return one page of all matches in the compartment, of the types in `_type` if it is given."""
    given = given_to(request)
    named = named_types(given)
    types = searched(named, compartment_types(server.definitions), principal, server)
    scope = _scope("*", types, request, principal, server)
    more = ((TYPE, ",".join(named)),) if named else ()
    rest = tuple(pair for pair in given if pair[0] != TYPE)
    return answer(replace(scope, more=more), rest, request, principal, server)


def _scope(
    last: str,
    types: tuple[str, ...],
    request: FhirRequest,
    principal: Principal,
    server: Server,
) -> Scope:
    patient = request.id_

    def criteria(type_: str, parameters: Mapping[str, SearchParameter]) -> tuple[Clause, ...]:
        return (in_compartment(type_, parameters, patient),)

    def look() -> None:
        _look_at(patient, principal, server)

    return Scope(f"/{PATIENT}/{patient}/{last}", types, criteria, look=look)


def _look_at(patient: str, principal: Principal, server: Server) -> None:
    """Raise NotFound for a patient that the caller may not see or that is not there.

    A patient's own compartment needs no right to the Patient itself; whether another one exists is
    not looked up. A system without a right to patients is not told either.
    """
    if sees_as_patient(principal):
        if patient != principal.own_patient:
            raise not_found()
        return
    try:
        permitted = permit(by_id(PATIENT, patient), server.definitions[PATIENT], principal)
    except Forbidden:
        return
    if not ID.fullmatch(patient) or server.store.read(permitted) is None:
        raise not_found()

"""What answers where: a path and method, and the one function behind them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from fhirbridge.auth.principal import Principal
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.rest.auditing import OPERATION, audited
from fhirbridge.rest.bundles.receive import Receiver
from fhirbridge.rest.capabilities import capabilities
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.history import history_system
from fhirbridge.rest.interactions import Interaction, rows
from fhirbridge.rest.operations.table import places
from fhirbridge.rest.routing import Routing
from fhirbridge.rest.search_compartment import (
    compartment_types,
    search_compartment,
    search_whole_compartment,
)
from fhirbridge.rest.search_system import search_system
from fhirbridge.rest.server import Server
from fhirbridge.search.membership import PATIENT
from fhirbridge.store.audit.entry import COMPARTMENT

Answer = Callable[[FhirRequest, Server], FhirResponse]


@dataclass(frozen=True, slots=True)
class Route:
    """A path below the base and what answers it for one method; `plain` as in `Row`."""

    method: str
    path: str
    type_: str
    answer: Answer
    plain: bool = False


def routes(definitions: Mapping[str, ResourceDefinition]) -> Iterator[Route]:
    """Yield the routes of this server: those of single requests, then that of Bundles of them."""
    table = list(_single(definitions))
    yield from table
    yield Route("POST", "", "", authenticated(Receiver(Routing(table)), "transaction"))


def _single(definitions: Mapping[str, ResourceDefinition]) -> Iterator[Route]:
    """Yield the routes of the system, then those of each type."""
    yield Route("GET", "/metadata", "", capabilities)
    yield Route("GET", "/_history", "", authenticated(history_system, "history-system"))
    yield from _searches(definitions)
    for type_, definition in definitions.items():
        for row in rows(definition):
            answer = authenticated(row.run, row.interaction)
            yield Route(row.method, f"/{type_}{row.path}", type_, answer, row.plain)
    for place in places(definitions):
        yield Route(place.method, place.path, place.type_, authenticated(place.run))


def _searches(definitions: Mapping[str, ResourceDefinition]) -> Iterator[Route]:
    """Yield the routes of searches on more than a type: the system, a patient's compartment."""
    yield Route("GET", "", "", authenticated(search_system, "search-system"))
    yield Route("POST", "/_search", "", authenticated(search_system, "search-system"))
    own = {"*": search_whole_compartment}
    own.update(dict.fromkeys(compartment_types(definitions), search_compartment))
    for name, run in own.items():
        path, type_ = f"/{PATIENT}/<id_>/{name}", name.replace("*", PATIENT)
        yield Route("GET", path, type_, authenticated(run, COMPARTMENT))
        yield Route("POST", f"{path}/_search", type_, authenticated(run, COMPARTMENT))


def authenticated(run: Interaction, interaction: str = OPERATION) -> Answer:
    """Return the answer that asks who the client is first, and leaves a record of both.

    `interaction` is R4's code. It raises LoginRequired.
    """
    return audited(run, interaction)


def refusing(error: Exception) -> Answer:
    """Return the answer to a path or method that is not served: who asks comes first here too."""

    def refuse(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
        del request, principal, server
        raise error

    return authenticated(refuse, "")


def raising(error: Exception) -> Answer:
    """Return the answer that is `error`, whoever asks."""

    def answer(request: FhirRequest, server: Server) -> FhirResponse:
        del request, server
        raise error

    return answer

"""The answer to a write: status, validators, and as much of a body as the client prefers.

https://hl7.org/fhir/R4/http.html#return
"""

from dataclasses import dataclass
from typing import Self

from fhirbridge.fhir.errors import Issue
from fhirbridge.fhir.json import dump
from fhirbridge.fhir.outcome import outcome
from fhirbridge.rest import negotiation
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.preferences import preference
from fhirbridge.rest.query_string import pairs
from fhirbridge.rest.representation import Headers, indented, style, validators_of
from fhirbridge.rest.server import Server
from fhirbridge.store.stored import Put, Stored

CREATED = 201
MINIMAL = "minimal"
OUTCOME = "operationoutcome"
SAID = {
    "created": "The resource was created.",
    "updated": "The resource was updated.",
    "unchanged": "The resource was the same already.",
    "found": "The resource was there already.",
    "deleted": "The resource was deleted.",
}


@dataclass(frozen=True, slots=True)
class Answering:
    """How a write is to be answered; `wanted` is the client's `return` preference.

    Without one the whole resource is returned, of a deletion nothing.
    """

    type_: str
    base_url: str
    indent: bool
    wanted: str | None

    @classmethod
    def to(cls, request: FhirRequest, server: Server, *, parameters: bool = True) -> Self:
        """Return how `request` is to be answered; raises what the representation raises.

        With `parameters` its query string may choose the representation and nothing else.
        """
        given = style(request) if parameters else pairs(request.query)
        indent = negotiation.pretty(request.headers.get("accept"), given)
        wanted = preference(request.headers.get("prefer"), "return")
        return cls(request.type_, server.base(request), indent, wanted)

    @property
    def without_resource(self) -> bool:
        """Whether the resource is not part of the answer."""
        return self.wanted in {MINIMAL, OUTCOME}

    def told(self, said: str, status: int, headers: Headers = ()) -> FhirResponse:
        """Return an answer whose body says what was done."""
        issue = Issue("information", "informational", SAID[said])
        body = dump(outcome((issue,)), pretty=self.indent)
        return fhir_json(body, *headers, status=status)._replace(tells=True)


def written(put: Put, id_: str, answering: Answering, stored: Stored | None) -> FhirResponse:
    """Return the answer to a put; `stored` is what its writer may see of it, if anything."""
    status = CREATED if put.outcome == "created" else 200
    if stored is not None:
        return returned(stored, put.outcome, answering, status)
    place = f"{answering.base_url}/{answering.type_}/{id_}"
    return FhirResponse(status, headers=(("Location", place),) if status == CREATED else ())


def returned(stored: Stored, said: str, answering: Answering, status: int) -> FhirResponse:
    """Return the answer about what is stored now: https://hl7.org/fhir/R4/http.html#create."""
    # Also when nothing was created: who wrote by criteria does not know the id otherwise.
    version = f"/_history/{stored.version}" if stored.dated else ""
    place = f"{answering.base_url}/{stored.type_}/{stored.id_}{version}"
    headers = (("Location", place), *validators_of(stored))
    response = FhirResponse(status, headers=headers)
    if answering.wanted == OUTCOME:
        response = answering.told(said, status, headers)
    elif answering.wanted != MINIMAL:
        body = indented(stored.body) if answering.indent else stored.body
        response = fhir_json(body, *headers, status=status)
    return response._replace(updated=stored.updated if stored.dated else None)

"""What an operation declares; routes and the CapabilityStatement follow from it.

https://hl7.org/fhir/R4/operations.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fhirbridge.auth.principal import Principal
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.operations.given import Given, given_to
from fhirbridge.rest.query_string import Pairs
from fhirbridge.rest.server import Server

HL7 = "http://hl7.org/fhir/OperationDefinition/"
SYSTEM, TYPE, INSTANCE = "/${name}", "/{type}/${name}", "/{type}/<id_>/${name}"
VERSION = "/{type}/<id_>/_history/<version>/${name}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who asks for what, and with which parameters."""

    request: FhirRequest
    principal: Principal
    server: Server
    given: Given

    @property
    def pairs(self) -> Pairs:
        """The simple parameters, in order."""
        return self.given.pairs


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on the types `types` (none: on all), at the levels whose paths are `levels`.

    `simple` and `complex_` name its parameters; `any_other`: it takes search parameters as well.
    One that `changes` something is never called by GET.
    """

    name: str
    definition: str
    levels: tuple[str, ...]
    run: Callable[[Call], FhirResponse]
    types: tuple[str, ...] = ()
    simple: frozenset[str] = frozenset()
    complex_: frozenset[str] = frozenset()
    any_other: bool = False
    changes: bool = False

    def is_for(self, type_: str) -> bool:
        """Return whether resources of `type_` have this operation."""
        return type_ in self.types or not self.types

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods by which it is called."""
        return ("POST",) if self.changes else ("GET", "POST")

    def paths(self, definitions: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return path and type of every place where it is called."""
        types = [type_ for type_ in definitions if self.is_for(type_)]
        return [
            (level.format(type=type_, name=self.name), type_)
            for level in self.levels
            for type_ in (types if level != SYSTEM else [""])
        ]

    def __call__(self, request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
        """Answer a call; raises what its parameters, rights and content raise."""
        given = given_to(request, self.simple, self.complex_, any_other=self.any_other)
        return self.run(Call(request, principal, server, given))

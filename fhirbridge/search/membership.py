"""Membership of a patient's compartment: any of a type's parameters that the definition names.

https://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fhirbridge.fhir import data
from fhirbridge.search.common import ID
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.query import Clause
from fhirbridge.search.reference import Reference
from fhirbridge.search.values import ReferenceRow, ReferenceValue, TokenRow, TokenValue

PATIENT = "Patient"


@dataclass(frozen=True, init=False)
class Membership(Reference):
    """Several reference parameters as one: what any of them leads to."""

    members: tuple[Reference, ...] = ()

    def __init__(self, *members: Reference) -> None:
        super().__init__("_compartment", targets=(PATIENT,))
        object.__setattr__(self, "members", members)

    @property
    def indexed(self) -> tuple[str, ...]:
        return tuple(one.code for one in self.members)

    def rows(
        self, resource: dict[str, Any], context: SearchContext
    ) -> Iterator[ReferenceRow | TokenRow]:
        for one in self.members:
            yield from one.rows(resource, context)


def in_compartment(type_: str, parameters: Mapping[str, SearchParameter], patient: str) -> Clause:
    """Return that a resource of `type_` is in the compartment of that patient.

    One parameter stands for itself, so that what is indexed for it is used. Raises KeyError for a
    type that no parameter makes a member.
    """
    if type_ == PATIENT:
        return Clause(ID, (TokenValue(None, patient, any_system=True),))
    value = (ReferenceValue(PATIENT, patient),)
    found = [parameters[code] for code in members()[type_] if code in parameters]
    references = [one for one in found if isinstance(one, Reference)]
    if len(references) == 1:
        own = parameters.get("patient")
        return Clause(own if isinstance(own, Reference) else references[0], value)
    return Clause(Membership(*references), value)


@cache
def members() -> Mapping[str, list[str]]:
    """Return type → codes of the parameters that make a resource a member."""
    table: Mapping[str, list[str]] = json.loads(
        data.read("terminology/r4/patient-compartment.json")
    )
    return table

"""What a patient's search may name: no other person, in whatever spelling.

A patient's view leaves out references to other people, so a search that finds by them would tell
what the view hides.
"""

from collections.abc import Mapping
from dataclasses import replace

from fhirbridge.fhir.errors import NotSupported
from fhirbridge.fhir.path import reference_type
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.query import Clause, Criterion, Has, Query, along, last
from fhirbridge.search.reference import NO_ID
from fhirbridge.search.values import CompositeValue, ReferenceValue, Value

PEOPLE = ("Patient", "RelatedPerson")
NOBODY = ReferenceValue("Patient", NO_ID)
# They look at parts of a reference that a patient's view may leave out.
REFUSED_MODIFIERS = frozenset({"identifier"})


def refused_parameters(definition: ResourceDefinition) -> frozenset[str]:
    """Return the search parameters of the type that patients may not use."""
    return definition.access.refused_parameters | definition.refused_to_patients


def refuse(
    query: Query, definition: ResourceDefinition, others: Mapping[str, ResourceDefinition]
) -> None:
    """Raise NotSupported for what is not open to patients: clauses, links of chains, sort keys.

    `others` are the definitions of the types that chains lead to.
    """
    for key in query.sort:
        _refuse(key.parameter, definition)
    for criterion in query.clauses:
        here = definition
        for one in along(criterion):
            there = here if isinstance(one, Clause) else others[one.type_]
            _refuse(one.parameter, there if isinstance(one, Has) else here)
            here = there
        if last(criterion).modifier in REFUSED_MODIFIERS:
            raise NotSupported(f":{last(criterion).modifier} is not open to patient tokens")


def narrowed(query: Query, own: str | None) -> Query:
    """Return `query` with references to people other than `own` made to match nothing."""
    clauses = tuple([_narrowed(one, own) for one in query.clauses])
    return query if clauses == query.clauses else replace(query, clauses=clauses)


def _refuse(parameter: SearchParameter, definition: ResourceDefinition) -> None:
    if parameter.code in refused_parameters(definition):
        raise NotSupported(f"{parameter.code} is not open to patient tokens")


def _narrowed(criterion: Criterion, own: str | None) -> Criterion:
    if not isinstance(criterion, Clause):
        return replace(criterion, criterion=_narrowed(criterion.criterion, own))
    values = tuple(_without_others(value, own) for value in criterion.values)
    return criterion if values == criterion.values else replace(criterion, values=values)


def _without_others(value: Value, own: str | None) -> Value:
    if isinstance(value, CompositeValue):
        return CompositeValue(tuple(_without_others(part, own) for part in value.parts))
    if not isinstance(value, ReferenceValue):
        return value
    if value.url is not None:
        return NOBODY if reference_type({"reference": value.url}) in PEOPLE else value
    if value.type_ is None:
        return replace(value, apart=PEOPLE if value.id_ != own else PEOPLE[1:])
    foreign = value.type_ in PEOPLE and (value.type_, value.id_) != ("Patient", own)
    return NOBODY if foreign else value

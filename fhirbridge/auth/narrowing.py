"""What a patient's search may name: no other person, in whatever spelling.

A patient's view leaves out references to other people, so a search that finds by them would tell
what the view hides.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from operator import is_

from fhirbridge.fhir.errors import NotSupported
from fhirbridge.fhir.path import reference_type
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.chaining import LIST
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.query import Clause, Criterion, Has, Query, SortKey, along
from fhirbridge.search.reference import NO_ID
from fhirbridge.search.values import CompositeValue, ReferenceValue, Value

PEOPLE = ("Patient", "RelatedPerson")
NOBODY = ReferenceValue("Patient", NO_ID)
# They look at parts of a reference that a patient's view may leave out.
REFUSED_MODIFIERS = frozenset({"identifier"})
MISSING = "missing"


def refused_parameters(definition: ResourceDefinition) -> frozenset[str]:
    """Return the search parameters of the type that patients may not use."""
    return definition.refused_to_patients


def refuse(
    query: Query, definition: ResourceDefinition, others: Mapping[str, ResourceDefinition]
) -> None:
    """Raise NotSupported for what is not open to patients: clauses, links of chains, sort keys.

    `others` are the definitions of the types that chains lead to.
    """
    for key in query.sort:
        _refuse_key(key, definition)
    for criterion in query.clauses:
        _refuse_criterion(criterion, definition, others)


def refuse_lists(query: Query, definition: ResourceDefinition) -> None:
    """Raise NotSupported for `_list`, itself or at the end of a chain: no 403, it is no type."""
    named = {re.split("[.:]", hop.name)[-1] for hop in query.hops}
    if LIST in named & refused_parameters(definition):
        raise not_open(LIST)


def not_open(what: str, name: str | None = None) -> NotSupported:
    """Return the refusal of `what`, which is said in the parameter `name` if not its own."""
    text = f"{what} is not open to patient tokens"
    return NotSupported(text, expression=(f"http.{name or what}",))


def narrowed(query: Query, own: str | None) -> Query:
    """Return `query` with references to people other than `own` made to match nothing."""
    clauses = [_narrowed(one, own) for one in query.clauses]
    same = all(map(is_, clauses, query.clauses))
    return query if same else replace(query, clauses=tuple(clauses))


def _refuse_key(key: SortKey, definition: ResourceDefinition) -> None:
    _refuse(key.parameter, refused_parameters(definition))
    if _shown_in_part(key.parameter, definition):
        raise not_open(f"_sort={key.parameter.code}", "_sort")


def _refuse_criterion(
    criterion: Criterion, here: ResourceDefinition, others: Mapping[str, ResourceDefinition]
) -> None:
    for one in along(criterion):
        if isinstance(one, Clause):
            _refuse_clause(one, here)
            return
        there = others[one.type_]
        _refuse(one.parameter, refused_parameters(there if isinstance(one, Has) else here))
        here = there


def _refuse_clause(clause: Clause, definition: ResourceDefinition) -> None:
    _refuse(clause.parameter, refused_parameters(definition))
    hides = clause.modifier == MISSING and _shown_in_part(clause.parameter, definition)
    if hides or clause.modifier in REFUSED_MODIFIERS:
        raise not_open(f"{clause.parameter.code}:{clause.modifier}")


def _shown_in_part(parameter: SearchParameter, definition: ResourceDefinition) -> bool:
    """Return whether some of its references are left out as others' when a resource is read.

    Whether there are any, and in which order they come, would tell of those.
    """
    return not set(definition.access.own_links).isdisjoint(parameter.paths)


def _refuse(parameter: SearchParameter, refused: frozenset[str]) -> None:
    if parameter.code in refused:
        raise not_open(parameter.code)


def _narrowed(criterion: Criterion, own: str | None) -> Criterion:
    if not isinstance(criterion, Clause):
        return replace(criterion, criterion=_narrowed(criterion.criterion, own))
    values = [_without_others(value, own) for value in criterion.values]
    same = all(map(is_, values, criterion.values))
    return criterion if same else replace(criterion, values=tuple(values))


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

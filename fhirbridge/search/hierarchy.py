"""Searching hierarchies: what refers to a place or organization, or to one above or below it.

`Slot?schedule.actor:below=Location/1` finds the slots of all rooms in that building. It is asked as
a chain to the ids of all that are above or below, which the store looks up.
https://hl7.org/fhir/R4/search.html#recursive
"""

from collections.abc import Iterator
from typing import Literal

from fhirbridge.search.escape import split
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.query import Criterion, last
from fhirbridge.search.reference import Reference
from fhirbridge.search.values import KinValue, ReferenceValue

Relation = Literal["above", "below"]
RELATIONS: tuple[Relation, ...] = ("above", "below")
# The types that stand in a strict hierarchy, and the parameter that leads one level up.
UPWARDS = {"Location": "partof", "Organization": "partof"}


def hierarchies(parameter: SearchParameter) -> tuple[str, ...]:
    """Return the types in a hierarchy that a parameter leads to."""
    if not isinstance(parameter, Reference):
        return ()
    return tuple(type_ for type_ in parameter.targets if type_ in UPWARDS)


def relation(parameter: SearchParameter, name: str) -> Relation | None:
    """Return `above` or `below` when `name` asks for that of a hierarchy, else None."""
    modifier = name.partition(":")[2]
    found = next((one for one in RELATIONS if one == modifier), None)
    return found if hierarchies(parameter) else None


def names_kin(criterion: Criterion) -> bool:
    """Return whether a criterion names what is above or below, to be looked up."""
    return any(isinstance(one, KinValue) for one in last(criterion).values)


def kin(
    parameter: SearchParameter, wanted: Relation, text: str, context: SearchContext
) -> tuple[str, tuple[KinValue, ...]]:
    """Return the one type that all alternatives in `text` are of, and what they ask for.

    Raises Invalid for what is malformed or has no hierarchy.
    """
    found = list(_named(parameter, text, context))
    types = {type_ for type_, _ in found}
    if len(types) != 1:
        raise parameter.malformed("expected ids of one type")
    return types.pop(), tuple(KinValue(wanted, id_) for _, id_ in found)


def _named(
    parameter: SearchParameter, text: str, context: SearchContext
) -> Iterator[tuple[str, str]]:
    able = hierarchies(parameter)
    for part in filter(None, split(text, ",")):
        value = parameter.parse(part, None, context)
        if not isinstance(value, ReferenceValue) or not value.id_:
            raise parameter.malformed("expected id or Type/id")
        if value.type_ is None and len(able) > 1:
            raise parameter.malformed(f"write Type/id: it leads to {' and '.join(able)}")
        type_ = value.type_ or able[0]
        if type_ not in able:
            raise parameter.malformed(f"expected a {' or '.join(able)}, which have a hierarchy")
        yield type_, value.id_

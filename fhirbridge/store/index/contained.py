"""What is indexed of contained resources: only chains look into them.

Their rows are those of the resource around them, under a code that says through which reference:
`subject:Patient.name`. `element` is the contained resource's place.
https://hl7.org/fhir/R4/search.html#contained
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fhirbridge.search.common import ID
from fhirbridge.search.composite import Composite
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.reference import Reference, contained_target
from fhirbridge.search.values import ReferenceRow, Row

Parameters = Mapping[str, SearchParameter]


def code_of(through: str, type_: str, code: str = "") -> str:
    """Return the code of a parameter of a contained resource; "": that there is the resource."""
    return f"{through}:{type_}.{code}"


def contained_rows(
    parameters: Parameters,
    types: Mapping[str, Parameters],
    resource: dict[str, Any],
    context: SearchContext,
) -> Iterator[tuple[str, Row]]:
    """Yield code and row of everything that the references of `resource` lead to inside it."""
    places = {id(one): place for place, one in enumerate(resource.get("contained", ()))}
    for through in parameters.values() if places else ():
        if isinstance(through, Reference):
            inside = {
                places[id(one)]: one
                for _, element in through.found(resource)
                if (one := contained_target(element, resource)) is not None
            }
            for place, one in inside.items():
                yield from _rows(through.code, place, one, types, context)


def _rows(
    through: str,
    place: int,
    inside: dict[str, Any],
    types: Mapping[str, Parameters],
    context: SearchContext,
) -> Iterator[tuple[str, Row]]:
    type_ = inside["resourceType"]
    if type_ in types:
        yield code_of(through, type_), ReferenceRow(None, None, "#", element=place)
        for parameter in types[type_].values():
            if parameter is not ID and not isinstance(parameter, Composite) and parameter.has_rows:
                code = code_of(through, type_, parameter.code)
                for row in parameter.rows(inside, context):
                    yield code, replace(row, element=place)

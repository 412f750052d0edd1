"""With whom a resource says that a practitioner has to do, and when."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.values import DateRow, ReferenceRow, Row

PATIENT = "patient"
Relation = tuple[str, str, int, int, int]


def relations(
    definition: ResourceDefinition, row: int, resource: dict[str, Any], context: SearchContext
) -> Iterator[Relation]:
    """Yield practitioner, patient, row, begin and end (µs); without a time there is no relation."""
    relates = definition.relates
    if relates is None or resource.get("status") in relates.over:
        return

    def rows(code: str) -> list[Row]:
        parameter = definition.parameter(code)
        return [] if parameter is None else list(parameter.rows(resource, context))

    times = [one for one in rows(relates.moment) if isinstance(one, DateRow)]
    if times:
        begins, ends = min(one.low for one in times), max(one.high for one in times)
        practitioners = _named(rows(relates.practitioner), "Practitioner")
        for practitioner, patient in product(practitioners, _named(rows(PATIENT), "Patient")):
            yield practitioner, patient, row, begins, ends


def _named(rows: list[Row], type_: str) -> list[str]:
    found = (one for one in rows if isinstance(one, ReferenceRow) and one.type_ == type_)
    return sorted({one.id_ for one in found if one.id_ is not None})

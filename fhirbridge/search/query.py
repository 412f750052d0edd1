"""A search, understood: plain values that the store compiles. Nothing here knows a database."""

from dataclasses import dataclass
from typing import Literal

from fhirbridge.search.common import ID
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.values import TokenValue, Value

# https://hl7.org/fhir/R4/valueset-type-restful-interaction.html: what a query can serve.
Interaction = Literal["read", "vread", "history-instance", "search-type"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One parameter: its values are alternatives (or); clauses of a query all hold (and)."""

    parameter: SearchParameter
    values: tuple[Value, ...]
    modifier: str | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of `_sort`."""

    parameter: SearchParameter
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the last page ended: the sort values of its last row and that row's number."""

    sort: tuple[int | str | None, ...]
    row: int


@dataclass(frozen=True, slots=True)
class Query:
    """Everything a search asks of the store. `count` is the page size; 0 asks for the total.

    `interaction` says which right the query needs; the store does not look at it.
    """

    type_: str
    clauses: tuple[Clause, ...] = ()
    sort: tuple[SortKey, ...] = ()
    count: int = 50
    total: bool = False
    after: Cursor | None = None
    interaction: Interaction = "search-type"


@dataclass(frozen=True, slots=True)
class Visibility:
    """Which rows a principal may see. At most one of the fields is set; none set: no row.

    `everything`: system rights, or the staff's view of a directory type. `public`: the rows of a
    directory type that `Access.public` shows to every patient. `patient`: rows shown to that
    patient. `practitioner`: rows of patients with a relation to that practitioner.
    """

    everything: bool = False
    public: bool = False
    patient: str | None = None
    practitioner: str | None = None


@dataclass(frozen=True, slots=True)
class PermittedQuery:
    """A query that `auth.access.permit` has let through; nobody else makes one.

    `as_patient` says that the bytes shown are the patient's view.
    """

    query: Query
    visibility: Visibility
    as_patient: bool = False


def by_id(type_: str, id_: str, interaction: Interaction = "read") -> Query:
    """Return the query that finds one resource: a read is a search through the same door."""
    clause = Clause(ID, (TokenValue(None, id_, any_system=True),))
    return Query(type_, (clause,), count=1, interaction=interaction)

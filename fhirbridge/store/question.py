"""One permitted query as the store sees it, and the shapes of a plan that answers it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from fhirbridge.search.query import Clause, PermittedQuery, SortKey
from fhirbridge.search.values import ReferenceValue
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.index.rows import WHOLE, TypeIndex, param, view_of

PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Walk:
    """Rows in the order of a hot combination, from its keys; the rest are filters.

    With a `bound`, rows of `keys` have a greater sort value, but for those also under `long_keys`.
    """

    combination: Combination
    keys: tuple[int, ...]
    long_keys: tuple[int, ...]
    bound: int | None
    ranges: tuple[Clause, ...]
    filters: tuple[Clause, ...]
    descending: bool


@dataclass(frozen=True, slots=True)
class RowWalk:
    """Rows of the type in the order they were first stored, filtered."""

    filters: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Led:
    """Rows that fulfil `leader`, filtered and then sorted."""

    leader: "Leader"
    filters: tuple[Clause, ...]
    sort: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a hot combination, in no order."""

    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Owned:
    """The rows shown to a patient."""

    patient: str


@dataclass(frozen=True, slots=True)
class EveryRow:
    """All rows of the type."""


Leader = Clause | Group | Owned | EveryRow
Plan = Walk | RowWalk | Led
# How many rows a clause has, counted no further than FEW.
Probe = Callable[[Clause], int]


class Question:
    """One permitted query on one type, with the views its parameters are searched in."""

    def __init__(self, index: TypeIndex, permitted: PermittedQuery) -> None:
        self.index = index
        self.permitted = permitted
        self.query = permitted.query
        self.patient_view = (
            view_of(permitted.visibility.patient)
            if permitted.as_patient and index.shown_parameters
            else WHOLE
        )

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses of the query and, for a patient, that the rows are the patient's."""
        return tuple(_with_owner(self.index, self.permitted))

    @property
    def dated(self) -> bool:
        """Whether the reader may know of versions and when they were stored."""
        return not self.permitted.as_patient or self.index.definition.access.versioned

    def view(self, code: str) -> str:
        """Return the view in which the parameter `code` is searched."""
        return self.patient_view if code in self.index.shown_parameters else WHOLE

    def number(self, code: str, stored: str | None = None) -> int:
        """Return the number of the rows of `code`, or of its part that is `stored` apart."""
        return param(self.index.type_, stored or code, self.view(code))

    def combination_view(self, combination: Combination) -> str:
        """Return the view in which a combination is searched."""
        return self.patient_view if self.index.separate(combination) else WHOLE


def _with_owner(index: TypeIndex, permitted: PermittedQuery) -> Iterator[Clause]:
    """Yield the clauses and, for a patient, that it is theirs: it leads to hot combinations.

    The predicate of visibility is there anyway; this one only finds the way.
    """
    yield from permitted.query.clauses
    own = permitted.visibility.patient
    parameter = index.parameters.get(PATIENT)
    if own is not None and parameter is not None and parameter.kind == "reference":
        clause = Clause(parameter, (ReferenceValue("Patient", own),))
        if clause not in permitted.query.clauses:
            yield clause

"""One permitted query as the store sees it, and the shapes of a plan that answers it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import EllipsisType

from fhirbridge.search.query import (
    Clause,
    Criterion,
    Cursor,
    PermittedQuery,
    Snapshot,
    SortKey,
    Visibility,
)
from fhirbridge.search.values import ReferenceValue
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.index.numbers import WHOLE
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.sight import NO_TYPES, Sight

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
    filters: tuple[Criterion, ...]
    descending: bool


@dataclass(frozen=True, slots=True)
class RowWalk:
    """Rows of the type in the order they were first stored, filtered."""

    filters: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Led:
    """Rows that fulfil `leader`, filtered and then sorted."""

    leader: "Leader"
    filters: tuple[Criterion, ...]
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


Leader = Criterion | Group | Owned | EveryRow
Plan = Walk | RowWalk | Led
# How many rows a criterion has, counted no further than FEW.
Probe = Callable[[Criterion], int]


class Question(Sight):
    """One permitted query on one type.

    Rows come after the position `after`; with a `snapshot` only rows not written since count;
    `moment` is the column that tells of one. `sent`: only what is sent is read of them.

    `sort` is the order of its rows when the query asks for none: it must not depend on what is
    found on the way, so `nearer` keeps it.
    """

    def __init__(
        self,
        index: TypeIndex,
        permitted: PermittedQuery,
        types: Mapping[str, TypeIndex] = NO_TYPES,
        *,
        clauses: tuple[Criterion, ...] | None = None,
        sort: tuple[SortKey, ...] | None = None,
        visibility: Visibility | None = None,
    ) -> None:
        super().__init__(index, permitted, types, visibility=visibility)
        self.query = permitted.query
        self.after: Cursor | None = permitted.query.after
        self.snapshot: Snapshot | None = None
        self.moment = "NULL"
        self.sent = False
        self.asked = permitted.query.clauses if clauses is None else clauses
        self.sort = permitted.query.sort if sort is None else sort
        # What `planning` found, kept for whoever asks again.
        self.walk: Walk | EllipsisType | None = ...

    @cached_property
    def clauses(self) -> tuple[Criterion, ...]:
        """The clauses of the query and, for a patient, that the rows are the patient's."""
        return tuple(_with_owner(self.index, self.permitted, self.asked))

    @property
    def dated(self) -> bool:
        """Whether the reader may know of versions and when they were stored."""
        return not self.permitted.as_patient or self.index.definition.access.versioned

    def combination_view(self, combination: Combination) -> str:
        """Return the view in which a combination is searched."""
        return self.patient_view if self.index.separate(combination) else WHOLE

    def nearer(self, clauses: tuple[Criterion, ...], sort: tuple[SortKey, ...]) -> "Question":
        """Return the same question with what some clauses named looked up already."""
        near = Question(self.index, self.permitted, self.types, clauses=clauses, sort=sort)
        near.query = self.query
        near.after, near.snapshot, near.moment = self.after, self.snapshot, self.moment
        return near


def _with_owner(
    index: TypeIndex, permitted: PermittedQuery, asked: tuple[Criterion, ...]
) -> Iterator[Criterion]:
    """Yield the clauses and, for a patient, that it is theirs: it leads to hot combinations.

    The predicate of visibility is there anyway; this one only finds the way.
    """
    yield from asked
    own = permitted.visibility.patient
    parameter = index.parameters.get(PATIENT)
    if own is not None and parameter is not None and parameter.kind == "reference":
        clause = Clause(parameter, (ReferenceValue("Patient", own),))
        if clause not in asked:
            yield clause

"""A search, understood: plain values that the store compiles. Nothing here knows a database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from types import MappingProxyType
from typing import Literal

from fhirbridge.search.common import ID
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.reference import NO_ID, Reference
from fhirbridge.search.values import ReferenceValue, TokenValue, Value

# https://hl7.org/fhir/R4/valueset-type-restful-interaction.html: what a query can serve.
Interaction = Literal["read", "vread", "history-instance", "search-type"]
# What no resource refers to.
NOTHING = ReferenceValue("Patient", NO_ID)


@dataclass(frozen=True, slots=True)
class Clause:
    """One parameter: its values are alternatives (or); clauses of a query all hold (and)."""

    parameter: SearchParameter
    values: tuple[Value, ...]
    modifier: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A reference at `parameter` leads to a resource of `type_` that fulfils `criterion`."""

    parameter: Reference
    type_: str
    criterion: "Criterion"


@dataclass(frozen=True, slots=True)
class Has:
    """A resource of `type_` whose `parameter` leads here fulfils `criterion`."""

    parameter: Reference
    type_: str
    criterion: "Criterion"


Criterion = Clause | Chain | Has


def last(criterion: Criterion) -> Clause:
    """Return the clause at the end of all chains."""
    while not isinstance(criterion, Clause):
        criterion = criterion.criterion
    return criterion


def with_values(criterion: Criterion, values: tuple[Value, ...]) -> Criterion:
    """Return `criterion` with other values at the end of its chains."""
    if isinstance(criterion, Clause):
        return replace(criterion, values=values)
    return replace(criterion, criterion=with_values(criterion.criterion, values))


def along(criterion: Criterion) -> Iterator[Criterion]:
    """Yield `criterion` and what its chains lead to, one after another."""
    yield criterion
    while not isinstance(criterion, Clause):
        criterion = criterion.criterion
        yield criterion


@dataclass(frozen=True, slots=True)
class Hop:
    """A chain, `_has` or `_list` as it was written: what follows belongs to other types.

    It is read (`fhirbridge.search.chaining`) when the right to each of them is known, because
    403 is said before any 400.
    """

    name: str
    text: str
    context: SearchContext


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of `_sort`."""

    parameter: SearchParameter
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The moment of a search's first page: the transactions that were complete then.

    Those with a number below `before`, but for those still `running`.
    """

    before: int
    running: tuple[int, ...] = ()

    def holds(self, number: int) -> bool:
        """Return whether the transaction `number` was complete."""
        return number < self.before and number not in self.running


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the last page ended: the sort values of its last row and that row's number.

    All pages show what the first one's `snapshot` holds, and its `total` if that was asked for.
    """

    sort: tuple[int | str | None, ...]
    row: int
    snapshot: Snapshot | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Everything a search asks of the store. `count` is the page size; 0 asks for the total.

    `hops` are still to be read into `clauses`; the store takes none. `interaction` says which
    right the query needs; the store does not look at it.
    """

    type_: str
    clauses: tuple[Criterion, ...] = ()
    sort: tuple[SortKey, ...] = ()
    count: int = 50
    total: bool = False
    after: Cursor | None = None
    interaction: Interaction = "search-type"
    hops: tuple[Hop, ...] = ()


# All clauses of one alternative hold; at least one alternative does.
Alternatives = tuple[tuple[Clause, ...], ...]


@dataclass(frozen=True, slots=True)
class Visibility:
    """Which rows a principal may see. At most one of the first four is set; none set: no row.

    `everything`: system rights, or the staff's view of a directory type. `public`: the rows of a
    directory type that `Access.public` shows to every patient. `patient`: rows shown to that
    patient. `practitioner`: rows of patients with a relation to that practitioner; with a `window`
    only one that is current at some moment of it (µs since 1970 UTC: low inclusive, high
    exclusive).

    `within` narrows that to what fulfils one of the alternatives, if there are any; `through` does
    so with the resources of other types through which a row is visible.
    """

    everything: bool = False
    public: bool = False
    patient: str | None = None
    practitioner: str | None = None
    window: tuple[int, int] | None = None
    within: Alternatives = ()
    through: tuple[tuple[str, Alternatives], ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every row may be seen."""
        return self.everything and not self.within


NO_TYPES: Mapping[str, Visibility] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PermittedQuery:
    """A query that `auth.access.permit` has let through; nobody else makes one.

    `as_patient` says that the bytes shown are the patient's view. `others` says what may be seen
    of every type that chains lead to, and of the value sets and code systems that are named.
    `reader` is who reads, told to the nets below: all that this principal may see of any type.
    """

    query: Query
    visibility: Visibility
    as_patient: bool = False
    others: Mapping[str, Visibility] = field(default_factory=lambda: NO_TYPES)
    reader: Visibility | None = None

    def asking_less(self, query: Query) -> "PermittedQuery":
        """Return the same for `query`: what was permitted, with some references meaning nothing.

        Raises ValueError for any other: nobody is permitted more in this way.
        """
        whole = [last(one).values for one in self.query.clauses]
        pairs = zip(chain.from_iterable(last(one).values for one in query.clauses),
                    chain.from_iterable(whole), strict=True)  # fmt: skip
        is_less = all(one in (known, NOTHING) for one, known in pairs)
        again = tuple(map(with_values, query.clauses, whole))
        if not is_less or replace(query, clauses=again) != self.query:
            raise ValueError("asks for something else")
        return replace(self, query=query)


def by_id(type_: str, id_: str, interaction: Interaction = "read") -> Query:
    """Return the query that finds one resource: a read is a search through the same door."""
    clause = Clause(ID, (TokenValue(None, id_, any_system=True),))
    return Query(type_, (clause,), count=1, interaction=interaction)

"""What the entries of one Bundle write, found by criteria before anything of it is stored."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fhirbridge.fhir import schema
from fhirbridge.rest.criteria import fulfils
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.query import Clause, Criterion, Query
from fhirbridge.search.values import TokenRow, TokenValue

Resource = dict[str, Any]
T = TypeVar("T")


@dataclass(slots=True)
class _Codes:
    """Which of a type's resources have a code under one parameter; `seen` of them were read."""

    at: dict[str | None, list[int]] = field(default_factory=lambda: defaultdict(list))
    seen: int = 0


class Written(Generic[T]):
    """Resources, each with what is known of it.

    Criteria that name a code look only at those that have it: in a Bundle of a thousand conditional
    entries each would else be compared with each. What the schema refuses means nothing: its own
    entry says so when it is written.
    """

    def __init__(self, context: SearchContext) -> None:
        self._context = context
        self._waiting: dict[str, list[tuple[Resource, T]]] = defaultdict(list)
        self._held: dict[str, list[tuple[Resource, T]]] = defaultdict(list)
        self._codes: dict[tuple[str, str], _Codes] = defaultdict(_Codes)

    def add(self, resource: Resource, known: T) -> None:
        """Hold `resource`, of which `known` is known."""
        self._waiting[str(resource.get("resourceType"))].append((resource, known))

    def meant(self, criteria: Query) -> Iterator[T]:
        """Yield what is known of those that fulfil `criteria`, in order; raises NotSupported."""
        held = self._held[criteria.type_]
        held += (one for one in self._waiting.pop(criteria.type_, ()) if not schema.check(one[0]))
        for number in self._candidates(criteria, len(held)):
            resource, known = held[number]
            if fulfils(resource, criteria, self._context):
                yield known

    def _candidates(self, criteria: Query, count: int) -> Iterable[int]:
        for one in criteria.clauses:
            wanted = _codes(one)
            if wanted and isinstance(one, Clause):
                there = self._codes_of(criteria.type_, one.parameter).at
                return sorted({number for code in wanted for number in there.get(code, ())})
        return range(count)

    def _codes_of(self, type_: str, parameter: SearchParameter) -> _Codes:
        codes, held = self._codes[type_, parameter.code], self._held[type_]
        for number in range(codes.seen, len(held)):
            for row in parameter.rows(held[number][0], self._context):
                if isinstance(row, TokenRow):
                    codes.at[row.code].append(number)
        codes.seen = len(held)
        return codes


def _codes(criterion: Criterion) -> list[str]:
    """Return the codes of which a resource must have one to fulfil a criterion; [] if not so."""
    if not isinstance(criterion, Clause) or criterion.modifier is not None:
        return []
    found = [one.code for one in criterion.values if isinstance(one, TokenValue) and one.code]
    return found if len(found) == len(criterion.values) else []

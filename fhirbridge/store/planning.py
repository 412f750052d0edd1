"""How a query is answered: which access leads, what only filters, and in which order rows come.

The order follows from the query alone, never from what the tables hold, so that every page of a
search agrees with the one before.
"""

from collections.abc import Iterator, Sequence

from fhirbridge.search.common import ID
from fhirbridge.search.query import Clause, SortKey
from fhirbridge.search.values import DateValue, MissingValue, Prefix
from fhirbridge.store.index import hot
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.question import (
    PATIENT,
    EveryRow,
    Group,
    Led,
    Owned,
    Plan,
    Probe,
    Question,
    RowWalk,
    Walk,
)

NEGATIVE = frozenset({"not"})
# Equal values of these find few rows as a rule; the order in which leaders are tried.
RANK = {"reference": 0, "uri": 1, "token": 2, "string": 3, "quantity": 4, "number": 5, "date": 6}
# A leader with fewer rows than this beats walking in order; counting up to it costs little.
FEW = 4000
MOST_PROBES = 3
# What these find ends after the searched moment: nothing is said about where it begins.
ENDS_LATE = frozenset({Prefix.GE, Prefix.GT, Prefix.AP})
# More keys than this are not worth a branch each.
MOST_KEYS = 40


def plan(question: Question, probe: Probe) -> Plan:
    """Return how `question` is answered."""
    clauses, sort = question.clauses, question.query.sort
    by_id = next((one for one in clauses if leads(one) and one.parameter.code == ID.code), None)
    if by_id is not None:
        return Led(by_id, _without(clauses, by_id), sort)
    walk = _best_walk(question)
    if walk is not None and PATIENT in walk.combination.parameters:
        return walk if _agrees(walk.combination, sort) else _group(question, walk)
    if question.permitted.visibility.patient is not None:
        return Led(Owned(question.permitted.visibility.patient), clauses, sort)
    return _unowned(question, walk, probe)


def _unowned(question: Question, walk: Walk | None, probe: Probe) -> Plan:
    """Return the plan when no patient leads: whatever finds few rows, else an ordered walk."""
    clauses, sort = question.clauses, question.query.sort
    if walk is not None and (walk.combination.parameters or walk.ranges):
        sort = sort or (_own_order(question, walk),)
        leader = _few(walk.filters, probe)
        if leader is None:
            return walk if _agrees(walk.combination, sort) else _group(question, walk)
        return Led(leader, _without(clauses, leader), sort)
    leader = _few(clauses, probe)
    if leader is not None:
        return Led(leader, _without(clauses, leader), sort)
    if walk is not None and sort:
        return walk
    return Led(EveryRow(), clauses, sort) if sort else RowWalk(clauses)


def leads(clause: Clause) -> bool:
    """Return whether the index can list the rows that fulfil `clause`."""
    return clause.modifier not in NEGATIVE and not isinstance(clause.values[0], MissingValue)


def _best_walk(question: Question) -> Walk | None:
    """Return the walk of the combination that covers most, its own order agreeing if possible."""
    sort = question.query.sort
    best: tuple[tuple[int, bool, bool], Walk] | None = None
    for combination in question.index.combinations:
        agrees = _agrees(combination, sort)
        walk = _walk(question, combination) if combination.parameters or agrees else None
        if walk is not None:
            score = (len(combination.parameters), agrees, bool(walk.ranges))
            if best is None or score > best[0]:
                best = score, walk
    return None if best is None else best[1]


def _walk(question: Question, combination: Combination) -> Walk | None:
    """Return the walk of `combination`, or None when the query does not say all its parameters."""
    covering: list[Clause] = []
    forms: list[list[str]] = []
    for code in combination.parameters:
        found = next(_sayable(question.clauses, code, covering), None)
        if found is None:
            return None
        covering.append(found[0])
        forms.append(found[1])
    view = question.combination_view(combination)
    keys = combination.keys(view, forms)
    if len(keys) > MOST_KEYS:
        return None
    rest = [one for one in question.clauses if one not in covering]
    ranges = [one for one in rest if _is_range(one, combination.sort)]
    sort = question.query.sort
    bound = None if PATIENT in combination.parameters else _bound(ranges)
    return Walk(
        combination,
        tuple(sorted(keys)),
        () if bound is None else tuple(sorted(combination.keys(view + hot.LONG_VIEW, forms))),
        bound,
        tuple(ranges),
        tuple(one for one in rest if one not in ranges),
        sort[0].descending if sort else combination.descending,
    )


def _sayable(
    clauses: Sequence[Clause], code: str, taken: Sequence[Clause]
) -> Iterator[tuple[Clause, list[str]]]:
    """Yield the clauses on `code` whose every alternative is a form of a hot key."""
    for clause in clauses:
        if clause.parameter.code == code and clause not in taken:
            forms = [hot.asked(clause.parameter, one, clause.modifier) for one in clause.values]
            if all(forms):
                yield clause, [form for some in forms for form in some]


def _is_range(clause: Clause, code: str) -> bool:
    return clause.parameter.code == code and isinstance(clause.values[0], DateValue)


def _bound(ranges: Sequence[Clause]) -> int | None:
    """Return below which sort value no short range can end late enough, or None."""
    bounds = []
    for clause in ranges:
        dates = [one for one in clause.values if isinstance(one, DateValue)]
        if all(one.prefix in ENDS_LATE for one in dates):
            bounds.append(min(one.low for one in dates) - hot.LONG - 1)
    return max(bounds, default=None)


def _agrees(combination: Combination, sort: Sequence[SortKey]) -> bool:
    """Return whether rows in the combination's order are in the order asked for."""
    return not sort or [key.parameter.code for key in sort] == [combination.sort]


def _own_order(question: Question, walk: Walk) -> SortKey:
    return SortKey(question.index.parameters[walk.combination.sort], walk.descending)


def _group(question: Question, walk: Walk) -> Led:
    return Led(Group(walk.keys), (*walk.ranges, *walk.filters), question.query.sort)


def _few(clauses: Sequence[Clause], probe: Probe) -> Clause | None:
    """Return a clause that finds few rows, the likeliest tried first."""
    usable = [one for one in clauses if leads(one)]
    usable.sort(key=lambda one: RANK.get(one.parameter.kind, len(RANK)))
    return next((one for one in usable[:MOST_PROBES] if probe(one) < FEW), None)


def _without(clauses: Sequence[Clause], one: Clause) -> tuple[Clause, ...]:
    return tuple(clause for clause in clauses if clause is not one)

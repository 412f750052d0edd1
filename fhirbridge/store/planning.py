"""How a query is answered: which access leads, what only filters, and in which order rows come.

The order follows from the query alone, never from what the tables hold, so that every page of a
search agrees with the one before.
"""

from collections.abc import Sequence
from typing import TypeGuard

from fhirbridge.search.common import ID
from fhirbridge.search.composite import Composite
from fhirbridge.search.query import Clause, Criterion, SortKey, last
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

NEGATIVE = frozenset({"not", "not-in"})
# Equal values of these find few rows as a rule; the order in which leaders are tried.
RANK = {"reference": 0, "uri": 1, "token": 2, "string": 3, "quantity": 4, "number": 5, "date": 6}
# What is found through other resources comes after a token, before a string.
RANK_OF_CHAINS = 2.5
# A leader with fewer rows than this beats walking in order; counting up to it costs little.
FEW = 4000
MOST_PROBES = 3
# A clause and the forms of hot keys that it says.
Covered = tuple[Clause, list[str]]
# What these find ends after the searched moment: nothing is said about where it begins.
ENDS_LATE = frozenset({Prefix.GE, Prefix.GT, Prefix.AP})
# SQLite joins 500 lists at most, and a composite is one for each of its alternatives.
MOST_LISTS = 200
# More keys than this are not worth a branch each.
MOST_KEYS = 40


def plan(question: Question, probe: Probe) -> Plan:
    """Return how `question` is answered."""
    clauses, sort = question.clauses, question.sort
    by_id = _by_id(clauses)
    if by_id is not None:
        return Led(by_id, _without(clauses, by_id), sort)
    walk = _walk_of(question)
    if walk is not None and PATIENT in walk.combination.parameters:
        return _in_order(question, walk)
    if question.permitted.visibility.patient is not None:
        return Led(Owned(question.permitted.visibility.patient), clauses, sort)
    return _unowned(question, walk, probe)


def order(question: Question) -> tuple[SortKey, ...]:
    """Return in which order rows come: as asked for, else as the clauses as written are walked."""
    walk = None if question.sort or _by_id(question.clauses) else _walk_of(question)
    if walk is None:
        return question.sort
    mine = PATIENT in walk.combination.parameters
    owned = question.permitted.visibility.patient is not None
    walked = mine or (not owned and bool(walk.combination.parameters or walk.ranges))
    return (_own_order(question, walk),) if walked else ()


def _in_order(question: Question, walk: Walk) -> Plan:
    """Return `walk` if it goes in the order of the question, else its rows to be sorted."""
    if question.sort and _agrees(walk.combination, question.sort):
        return walk
    return Led(Group(walk.keys), (*walk.ranges, *walk.filters), question.sort)


def _by_id(clauses: Sequence[Criterion]) -> Criterion | None:
    ids = (one for one in clauses if isinstance(one, Clause) and one.parameter.code == ID.code)
    return next((one for one in ids if leads(one)), None)


def _unowned(question: Question, walk: Walk | None, probe: Probe) -> Plan:
    """Return the plan when no patient leads: whatever finds few rows, else an ordered walk."""
    clauses, sort = question.clauses, question.sort
    if walk is not None and (walk.combination.parameters or walk.ranges):
        leader = _few(walk.filters, probe)
        if leader is None:
            return _in_order(question, walk)
        return Led(leader, _without(clauses, leader), sort)
    leader = _few(clauses, probe)
    if leader is not None:
        return Led(leader, _without(clauses, leader), sort)
    if walk is not None and sort:
        return walk
    return Led(EveryRow(), clauses, sort) if sort else RowWalk(clauses)


def leads(criterion: Criterion) -> bool:
    """Return whether the index can list the rows that fulfil `criterion`."""
    clause = last(criterion)
    missing = any(isinstance(one, MissingValue) for one in clause.values)
    if isinstance(clause.parameter, Composite) and len(clause.values) > MOST_LISTS:
        return False
    return clause.modifier not in NEGATIVE and not missing


def _walk_of(question: Question) -> Walk | None:
    """Return `_best_walk`, found once: the order that follows from it changes nothing about it."""
    if question.walk is ...:
        question.walk = _best_walk(question)
    return question.walk


def _best_walk(question: Question) -> Walk | None:
    """Return the walk of the combination that covers most, its own order agreeing if possible."""
    sort, best = question.sort, None
    said: dict[str, Covered | None] = {}
    for combination in question.index.combinations:
        if best is not None and len(combination.parameters) < best[0][0]:
            break
        agrees = _agrees(combination, sort)
        if not combination.parameters and not agrees:
            continue
        covering = _covering(question, combination, said)
        if covering is not None:
            ranged = any(_is_range(one, combination.sort) for one in question.clauses)
            score = (len(combination.parameters), agrees, ranged)
            if best is None or score > best[0]:
                best = score, combination, covering
    return None if best is None else _walk(question, best[1], best[2])


def _covering(
    question: Question, combination: Combination, said: dict[str, Covered | None]
) -> list[Covered] | None:
    """Return which clause says each parameter of `combination`, or None when one is not said.

    What is known of a parameter is in `said`, or will be.
    """
    found: list[Covered] = []
    keys = 1
    for code in combination.parameters:
        if code not in said:
            said[code] = _sayable(question.clauses, code)
        covered = said[code]
        if covered is None:
            return None
        found.append(covered)
        keys *= len(covered[1])
    return found if keys <= MOST_KEYS else None


def _walk(question: Question, combination: Combination, covering: list[Covered]) -> Walk:
    taken, forms = [clause for clause, _ in covering], [some for _, some in covering]
    view = question.combination_view(combination)
    rest = [one for one in question.clauses if one not in taken]
    ranges = [one for one in rest if _is_range(one, combination.sort)]
    bound = None if PATIENT in combination.parameters else _bound(ranges, combination.long)
    sort = question.sort
    return Walk(
        combination,
        tuple(combination.keys(view, forms)),
        () if bound is None else tuple(combination.keys(view + hot.LONG_VIEW, forms)),
        bound,
        tuple(ranges),
        tuple(one for one in rest if one not in ranges),
        sort[0].descending if sort else combination.descending,
    )


def _sayable(clauses: Sequence[Criterion], code: str) -> Covered | None:
    """Return a clause on `code` whose every alternative is a form of a hot key, and the forms."""
    for clause in clauses:
        if isinstance(clause, Clause) and clause.parameter.code == code:
            forms = [hot.asked(clause.parameter, one, clause.modifier) for one in clause.values]
            if forms and all(forms):
                return clause, [form for some in forms for form in some]
    return None


def _is_range(criterion: Criterion, code: str) -> TypeGuard[Clause]:
    if not isinstance(criterion, Clause) or criterion.parameter.code != code:
        return False
    return any(isinstance(one, DateValue) for one in criterion.values)


def _bound(ranges: Sequence[Clause], long: int) -> int | None:
    """Return below which sort value no short range can end late enough, or None."""
    bounds = []
    for clause in ranges:
        dates = [one for one in clause.values if isinstance(one, DateValue)]
        if all(one.prefix in ENDS_LATE for one in dates):
            bounds.append(min(one.low for one in dates) - long - 1)
    return max(bounds, default=None)


def _agrees(combination: Combination, sort: Sequence[SortKey]) -> bool:
    """Return whether rows in the combination's order are in the order asked for."""
    return not sort or [key.parameter.code for key in sort] == [combination.sort]


def _own_order(question: Question, walk: Walk) -> SortKey:
    return SortKey(question.index.parameters[walk.combination.sort], walk.descending)


def _few(clauses: Sequence[Criterion], probe: Probe) -> Criterion | None:
    """Return a clause that finds few rows, the likeliest tried first."""
    usable = [one for one in clauses if leads(one)]
    usable.sort(key=_rank)
    return next((one for one in usable[:MOST_PROBES] if probe(one) < FEW), None)


def _rank(criterion: Criterion) -> float:
    if isinstance(criterion, Clause):
        return RANK.get(criterion.parameter.kind, len(RANK))
    return RANK_OF_CHAINS


def _without(clauses: Sequence[Criterion], one: Criterion) -> tuple[Criterion, ...]:
    return tuple(clause for clause in clauses if clause is not one)

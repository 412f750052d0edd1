"""How a query is answered: which access leads, what only filters, and in which order rows come.

The order follows from the query alone, never from what the tables hold, so that every page of a
search agrees with the one before.
"""

from collections.abc import Sequence

from fhirbridge.search.common import ID
from fhirbridge.search.composite import Composite
from fhirbridge.search.query import Clause, Criterion, SortKey, last
from fhirbridge.search.values import MissingValue
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
from fhirbridge.store.walking import agrees, best_walk, own_order

NEGATIVE = frozenset({"not", "not-in"})
# Equal values of these find few rows as a rule; the order in which leaders are tried.
RANK = {"reference": 0, "uri": 1, "token": 2, "string": 3, "quantity": 4, "number": 5, "date": 6}
# What is found through other resources comes after a token, before a string.
RANK_OF_CHAINS = 2.5
# A leader with fewer rows than this beats walking in order; counting up to it costs little.
FEW = 4000
MOST_PROBES = 3
# SQLite joins 500 lists at most, and a composite is one for each of its alternatives.
MOST_LISTS = 200


def plan(question: Question, probe: Probe) -> Plan:
    """Return how `question` is answered."""
    clauses, sort = question.clauses, question.sort
    by_id = _by_id(clauses)
    if by_id is not None:
        return Led(by_id, _without(clauses, by_id), sort)
    walk = best_walk(question)
    if walk is not None and PATIENT in walk.combination.parameters:
        return _in_order(question, walk)
    if question.permitted.visibility.patient is not None:
        return Led(Owned(question.permitted.visibility.patient), clauses, sort)
    return _unowned(question, walk, probe)


def order(question: Question) -> tuple[SortKey, ...]:
    """Return in which order rows come: as asked for, else as the clauses as written are walked."""
    walk = None if question.sort or _by_id(question.clauses) else best_walk(question)
    if walk is None:
        return question.sort
    mine = PATIENT in walk.combination.parameters
    owned = question.permitted.visibility.patient is not None
    walked = mine or (not owned and bool(walk.combination.parameters or walk.ranges))
    return (own_order(question, walk),) if walked else ()


def _in_order(question: Question, walk: Walk) -> Plan:
    """Return `walk` if it goes in the order of the question, else its rows to be sorted."""
    if question.sort and agrees(walk.combination, question.sort):
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

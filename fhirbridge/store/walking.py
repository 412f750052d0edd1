"""Which hot combination covers a question best, and how its rows are walked."""

from collections.abc import Sequence
from typing import TypeGuard

from fhirbridge.search.query import Clause, Criterion, SortKey
from fhirbridge.search.values import DateValue, Prefix
from fhirbridge.store.index import hot
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.question import PATIENT, Question, Walk

# A clause and the forms of hot keys that it says.
Covered = tuple[Clause, list[str]]
# What these find ends after the searched moment: nothing is said about where it begins.
ENDS_LATE = frozenset({Prefix.GE, Prefix.GT, Prefix.AP})
# More keys than this are not worth a branch each.
MOST_KEYS = 40


def best_walk(question: Question) -> Walk | None:
    """Return the walk of the combination that covers most, None when none covers the question.

    It is found once: the order that follows from it changes nothing about it.
    """
    if question.walk is ...:
        question.walk = _best_walk(question)
    return question.walk


def _best_walk(question: Question) -> Walk | None:
    """Return the walk that covers most; of equal ones, one whose order is the one asked for."""
    sort, best = question.sort, None
    said: dict[str, Covered | None] = {}
    for combination in question.index.combinations:
        if best is not None and len(combination.parameters) < best[0][0]:
            break
        agreeing = agrees(combination, sort)
        if not combination.parameters and not agreeing:
            continue
        covering = _covering(question, combination, said)
        if covering is not None:
            ranged = any(_is_range(one, combination.sort) for one in question.clauses)
            score = (len(combination.parameters), agreeing, ranged)
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
    bound = None if PATIENT in combination.parameters else bound_of(ranges, combination.long)
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


def bound_of(ranges: Sequence[Clause], long: int) -> int | None:
    """Return below which sort value no short range can end late enough, or None."""
    bounds = []
    for clause in ranges:
        dates = [one for one in clause.values if isinstance(one, DateValue)]
        if all(one.prefix in ENDS_LATE for one in dates):
            bounds.append(min(one.low for one in dates) - long - 1)
    return max(bounds, default=None)


def agrees(combination: Combination, sort: Sequence[SortKey]) -> bool:
    """Return whether rows in the combination's order are in the order asked for."""
    return not sort or [key.parameter.code for key in sort] == [combination.sort]


def own_order(question: Question, walk: Walk) -> SortKey:
    """Return the order in which the rows of `walk` come."""
    return SortKey(question.index.parameters[walk.combination.sort], walk.descending)

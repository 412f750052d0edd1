"""Walks that were planned before: a search of the same shape needs no planning, only its values.

Most searches of patients and of their apps ask one key of a hot combination. Which one, and the
text of the statement, follow from the shape of the question; the rest are parameters of it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from fhirbridge.search.query import (
    Clause,
    Criterion,
    Cursor,
    PermittedQuery,
    Snapshot,
)
from fhirbridge.search.values import DateValue, ReferenceValue
from fhirbridge.store.index import hot
from fhirbridge.store.index.hot import Combination
from fhirbridge.store.index.numbers import WHOLE, view_of
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.question import PATIENT, Question, Walk
from fhirbridge.store.sql import Place
from fhirbridge.store.statements import page
from fhirbridge.store.template import Template, for_anyone
from fhirbridge.store.walking import bound_of

# Where the values of a statement are that are told when it runs; two for each range follow.
KEY, LONG_KEY, BOUND, PATIENT_ID, LIMIT, SORT, ROW, BEFORE, FIRST_RANGE = map(Place, range(9))


class Outline(NamedTuple):
    """What a question asks: its shape, and the values that vary within it.

    `forms` are those of hot keys by the codes of their parameters.
    """

    shape: Hashable
    forms: dict[str, str]
    ranges: tuple[Clause, ...]
    sent: bool


class Known(NamedTuple):
    """How all questions of one shape are answered: by the rows of one key, in their order."""

    combination: Combination
    separate: bool
    bounded: bool
    template: Template

    def parameters(self, outline: Outline, permitted: PermittedQuery, limit: int) -> Sequence[Any]:
        """Return the parameters of the statement for one question."""
        patient, after = permitted.visibility.patient, permitted.query.after
        view = view_of(patient) if self.separate else WHOLE
        forms = [outline.forms[code] for code in self.combination.parameters]
        key = self.combination.key(view, forms)
        long_key = bound = None
        if self.bounded:
            long_key = self.combination.key(view + hot.LONG_VIEW, forms)
            bound = bound_of(outline.ranges, self.combination.long)
        sort = row = before = None
        if after is not None and after.snapshot is not None:
            (sort,), row, before = after.sort, after.row, after.snapshot.before
        values = [key, long_key, bound, patient, limit, sort, row, before]
        for clause in outline.ranges:
            (date,) = cast("tuple[DateValue]", clause.values)
            values += (date.low, date.high)
        return self.template.parameters(values)


def outline(index: TypeIndex, permitted: PermittedQuery, *, sent: bool) -> Outline | None:
    """Return the outline of a question; None for one that must be planned anyway.

    `sent`: of each match only what is sent is wanted, by a patient.
    """
    query, seen = permitted.query, permitted.visibility
    if seen.within or seen.practitioner or query.count == 0 or not _goes_on(query.after):
        return None
    forms: dict[str, str] = {}
    ranges: list[Clause] = []
    words = [_word(one, forms, ranges) for one in query.clauses]
    if None in words or not _is_own(index, seen.patient, forms):
        return None
    sort = [(key.parameter.code, key.descending) for key in query.sort]
    manner = (seen.everything, seen.public, seen.patient is None, permitted.as_patient, sent)
    shape = (index.type_, manner, query.after is None, *words, *sort)
    return Outline(shape, forms, tuple(ranges), sent)


def known(question: Question, walk: Walk, outline_: Outline) -> Known | None:
    """Return how questions of this shape are answered; None when not by such a walk alone."""
    bounded = walk.bound is not None
    if walk.filters or len(walk.keys) != 1 or len(walk.long_keys) != bounded:
        return None
    statement = page(_empty(question, outline_), _empty_walk(walk), cast("int", LIMIT))
    told = FIRST_RANGE.number + 2 * len(outline_.ranges)
    separate = question.index.separate(walk.combination) and question.permitted.as_patient
    template = Template.of(statement, told)
    return Known(walk.combination, separate, bounded, template)


def _goes_on(after: Cursor | None) -> bool:
    """Return whether a page is the first, or goes on in a walk as of a moment of one number."""
    if after is None:
        return True
    snapshot = after.snapshot
    told = snapshot is not None and not snapshot.running
    return told and len(after.sort) == 1 and isinstance(after.sort[0], int)


def _word(
    criterion: Criterion, forms: dict[str, str], ranges: list[Clause]
) -> tuple[str, ...] | None:
    """Return what a criterion adds to the shape, its values put aside; None: it must be planned."""
    if not isinstance(criterion, Clause) or len(criterion.values) != 1:
        return None
    code, value = criterion.parameter.code, criterion.values[0]
    if isinstance(value, DateValue):
        ranges.append(criterion)
        return code, value.prefix, criterion.modifier or ""
    if isinstance(value, ReferenceValue) and value.type_ is None and value.url is None:
        return None
    said = hot.asked(criterion.parameter, value, criterion.modifier)
    if len(said) != 1 or forms.setdefault(code, said[0]) != said[0]:
        return None
    return (code,)


def _is_own(index: TypeIndex, patient: str | None, forms: dict[str, str]) -> bool:
    """Return whether a patient asks for their own, which leads to their rows if anything does."""
    parameter = index.parameters.get(PATIENT)
    if patient is None or parameter is None or parameter.kind != "reference":
        return True
    own = hot.form_of("Patient", patient)
    return forms.setdefault(PATIENT, own) == own


def _empty(question: Question, outline_: Outline) -> Question:
    """Return the question without its values."""
    empty = Question(
        question.index,
        question.permitted,
        clauses=(),
        sort=question.sort,
        visibility=for_anyone(question.visibility, PATIENT_ID),
    )
    empty.moment, empty.sent = question.moment, outline_.sent
    if question.after is not None:
        empty.after = Cursor((cast("int", SORT),), cast("int", ROW))
        empty.snapshot = Snapshot(cast("int", BEFORE))
    return empty


def _empty_walk(walk: Walk) -> Walk:
    """Return the walk without its values."""
    ranges = []
    for number, clause in enumerate(walk.ranges):
        (date,) = cast("tuple[DateValue]", clause.values)
        low = FIRST_RANGE.number + 2 * number
        date = replace(date, low=cast("int", Place(low)), high=cast("int", Place(low + 1)))
        ranges.append(replace(clause, values=(date,)))
    return replace(
        walk,
        keys=(cast("int", KEY),),
        long_keys=(cast("int", LONG_KEY),) if walk.long_keys else (),
        bound=cast("int", BOUND) if walk.bound is not None else None,
        ranges=tuple(ranges),
    )

"""One protection at a time switched off, to see that the comparison of worlds notices.

Each mutation is a name, what it takes away, and a context in which that is gone. They reach into
the product on purpose: what they replace is what must never be lost.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple
from unittest.mock import patch

from isolation import Exchange, Share, compared, wrong
from twin_worlds import Twins

from fhirbridge.auth import access
from fhirbridge.auth.principal import SYSTEM
from fhirbridge.auth.visibility import EVERYTHING
from fhirbridge.rest import paging, writing
from fhirbridge.rest.operations import everything
from fhirbridge.search.recent import Recent
from fhirbridge.store import reading, statements, versions, visibility
from fhirbridge.store.index.numbers import WHOLE
from fhirbridge.store.question import Question
from fhirbridge.store.searching import Search
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import TRUE, Sql
from fhirbridge.store.stored import Stored

MOST_FRAMES = 40


def within(*names: str) -> bool:
    """Return whether one of the functions called so is running."""
    frame, left = sys._getframe(1), MOST_FRAMES  # noqa: SLF001
    while frame is not None and left:
        if frame.f_code.co_name in names:
            return True
        frame, left = frame.f_back, left - 1
    return False


class Mutation(NamedTuple):
    """`feature` without `what`."""

    feature: str
    what: str
    off: Callable[[], Any]


@contextmanager
def unseeing(when: Callable[[Any], bool]) -> Iterator[None]:
    """Let every row be visible to the sights, `when` says which."""
    real = Sight.visible

    def visible(self: Sight, alias: str, *, resource: bool = False) -> Sql:
        return TRUE if when(self) else real(self, alias, resource=resource)

    with patch.object(Sight, "visible", visible):
        yield


def in_functions(*names: str) -> Callable[[], Any]:
    return lambda: unseeing(lambda _: within(*names))


@contextmanager
def reading_anything(type_: str | None = None) -> Iterator[None]:
    real = reading.visible

    def visible(definition, alias, seen, *, resource=False):
        if type_ in {None, definition.type_}:
            return TRUE
        return real(definition, alias, seen, resource=resource)

    with patch.object(reading, "visible", visible):
        yield


@contextmanager
def seeing_everything() -> Iterator[None]:
    """Leave the predicate out of every statement."""
    with unseeing(lambda _: True), reading_anything():
        yield


@contextmanager
def finding_everything() -> Iterator[None]:
    """Let a search not even begin at the reader's own, and judge no old version."""
    real = Search.ask

    def ask(self, permitted, *more):
        return real(self, replace(permitted, visibility=EVERYTHING), *more)

    judged = patch.object(reading, "seen", lambda _, stored, *__: stored)
    with seeing_everything(), patch.object(Search, "ask", ask), judged:
        yield


@contextmanager
def judging_no_version(*, of_history: bool) -> Iterator[None]:
    real = versions.seen

    def seen(question, stored, database, context):
        if within("instance") is of_history:
            return stored
        return real(question, stored, database, context)

    with patch.object(reading, "seen", seen):
        yield


@contextmanager
def searching_what_is_hidden(*callers: str) -> Iterator[None]:
    real = Sight.view

    def view(self: Sight, code: str) -> str:
        return WHOLE if within(*callers) else real(self, code)

    with patch.object(Sight, "view", view):
        yield


@contextmanager
def finding_for_writes_as_a_system() -> Iterator[None]:
    def matches(self, most):
        query = self.criteria.__class__(self.criteria.type_, self.criteria.clauses, count=most)
        return self.server.store.search(access.permit(query, self.definition, SYSTEM)).matches

    with patch.object(writing.Writing, "matches", matches):
        yield


@contextmanager
def everything_as_a_system() -> Iterator[None]:
    real = everything.permit

    def permit(query, definition, principal):
        del principal
        return real(query, definition, SYSTEM)

    with patch.object(everything, "permit", permit):
        yield


def plain_pages() -> Any:
    return patch.object(paging.Pages, "seal", lambda self, cursor, bound: f"{cursor.row:0300}")


MUTATIONS = (
    Mutation("read", "the predicate", reading_anything),
    Mutation("Binary", "the predicate", lambda: reading_anything("Binary")),
    Mutation("search", "the predicate", in_functions("_filters")),
    Mutation("count", "the predicate under `_total` and `_summary=count`", in_functions("total")),
    Mutation("chain", "the predicate at each hop", in_functions("_leads_to", "_leading_to")),
    Mutation("_has", "the predicate at each hop", in_functions("_is_led_to", "_led_to")),
    Mutation("_include", "the predicate", in_functions("targets")),
    Mutation("_revinclude", "the predicate", in_functions("referring")),
    Mutation("sort", "sorting by what is shown",
             lambda: searching_what_is_hidden("sort_columns")),
    Mutation("combinations", "searching by what is shown",
             lambda: patch.object(Question, "combination_view", lambda *_: WHOLE)),
    Mutation("parameters", "searching by what is shown",
             lambda: searching_what_is_hidden("filter_on", "rows_of")),
    Mutation("parameters", "refusing those not open to patients",
             lambda: patch.object(access, "refuse", lambda *_: None)),
    Mutation("history", "judging each version", lambda: judging_no_version(of_history=True)),
    Mutation("vread", "judging the version", lambda: judging_no_version(of_history=False)),
    Mutation("conditional", "looking among what the writer sees", finding_for_writes_as_a_system),
    Mutation("$everything", "the predicate", lambda: unseeing(lambda _: within("everything"))),
    Mutation("$everything", "rights to what lies beside", everything_as_a_system),
    Mutation("later pages", "the predicate",
             lambda: unseeing(lambda s: getattr(s, "after", None) is not None)),
    Mutation("paging token", "binding it to its caller",
             lambda: patch.multiple(paging, caller=lambda _: ())),
    Mutation("paging token", "sealing it", plain_pages),
    Mutation("view", "showing patients their view",
             lambda: patch.object(statements, "body", lambda _: Sql("r.body"))),
    Mutation("ETag", "making it of what is shown",
             lambda: patch.object(Stored, "etag", property(lambda s: f'W/"{s.version}"'))),
    Mutation("granular scopes", "the clauses",
             lambda: patch.object(visibility, "_within", lambda *_: TRUE)),
    Mutation("practitioners", "the relation",
             lambda: patch.object(visibility, "_practitioners", lambda *_: TRUE)),
)  # fmt: skip


def caught(twins: Twins, mutation: Mutation, most: int, seed: int = 7) -> int | None:
    """Return after how many requests the mutation is noticed; None: not at all.

    What is noticed is asked again with the protection back: then nothing may be wrong.
    """
    forget()
    with mutation.off():
        exchanges = compared(twins, seed, most, Share())
        number, exchange = first_wrong(exchanges)
    forget()
    if exchange is not None:
        assert wrong(exchange, *exchange.answers()) is None, f"wrong anyway: {exchange}"
    return number


def first_wrong(exchanges) -> tuple[int | None, Exchange | None]:
    for number, (exchange, here, there) in enumerate(exchanges, 1):
        if wrong(exchange, here, there) is not None:
            return number, exchange
    return None, None


def forget() -> None:
    """Let servers keep nothing that they understood before: it was with, or without, a net."""
    for kept in gc.get_objects():
        if isinstance(kept, Recent):
            kept._kept.clear()  # noqa: SLF001


__all__ = ["MUTATIONS", "caught", "finding_everything", "forget", "seeing_everything"]

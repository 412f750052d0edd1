"""Asking a source: within the limit that all workers share, as patiently as its profile says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fhirbridge.sources.answer import Document, Fetched
from fhirbridge.sources.errors import (
    Missing,
    NotData,
    NotPublished,
    Skip,
    SourceError,
    TooLarge,
)
from fhirbridge.sources.words import Stream
from fhirbridge.sync import arrival
from fhirbridge.sync.arrival import Arrival
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.plan import Call, Piece
from fhirbridge.sync.report import Report
from fhirbridge.sync.side_by_side import side_by_side

T = TypeVar("T")
# Failures of one call that say nothing about the next one.
ISOLATED = (Skip, NotData, NotPublished, TooLarge)


@dataclass(slots=True)
class Asking:
    """The calls of one piece; what they say about the read is kept here.

    `items`: the records of lists, for what follows them. `complete`: every call gave a whole
    answer. `received`: when the first one came.
    """

    bridge: Bridge
    link: Link
    piece: Piece
    report: Report = field(default_factory=Report)
    items: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    complete: bool = True
    received: int | None = None

    def arrivals(self) -> Iterator[Arrival]:
        """Yield the records of every call.

        A record that is missing, or that the source refuses, is counted and left out; so is a
        call whose answer is no data or that only a person can mend, as long as others give data.
        Raises a SourceError when the source gives no data, or must be left alone.
        """
        broken: SourceError | None = None
        most = self.link.profile.limits.side_by_side
        for answer in side_by_side(self._ask, self.piece.calls, most):
            self.report.calls += 1
            try:
                yield from self._arrived(answer())
            except Missing:
                self.report.absent += 1
                self.complete = False
            except ISOLATED as error:
                self.report.failures[error.reason] += 1
                self.complete = False
                broken = broken if isinstance(error, Skip) else error
        if broken is not None and self.received is None:
            raise broken

    def _ask(self, call: Call) -> Fetched | Document:
        """Return the answer to one call; others may be under way beside it."""
        if self._declared.record == "document":
            return self._file(call)
        fetched = self._list(call)
        if self._declared.guard.absent == "busy" and not _rows(fetched, self._declared.list_name):
            # A day without a single row is asked for once more before anybody believes it.
            fetched = self._list(call)
        return fetched

    def _arrived(self, answer: Fetched | Document) -> Iterator[Arrival]:
        if isinstance(answer, Document):
            yield self._noted(arrival.of_document(answer))
            return
        self.complete &= answer.complete
        self.report.repeated += len(answer.repeated)
        if self._declared.record == "item":
            self.items += answer.items
        for one in arrival.of_list(answer):
            yield self._noted(one)

    @property
    def _declared(self) -> Stream:
        return self.link.profile.streams[self.piece.stream]

    def _noted(self, one: Arrival) -> Arrival:
        self.keys.add(one.key)
        self.received = one.received if self.received is None else self.received
        return one

    def _list(self, call: Call) -> Fetched:
        return self._patiently(lambda: self.link.source.fetch(self.piece.stream, **call))

    def _file(self, call: Call) -> Document:
        return self._patiently(lambda: self.link.source.document(self.piece.stream, **call))

    def _patiently(self, ask: Callable[[], T]) -> T:
        limits = self.link.profile.limits

        def permitted() -> T:
            with self.bridge.permits.permit(
                self.link.name, limits.concurrency, limits.total_seconds
            ):
                return ask()

        attempts = self.link.profile.attempts
        if self.report.failures:
            # The piece has waited once already: the timetable asks again for what it leaves out.
            attempts = attempts.model_copy(update={"most": 1})
        return self.bridge.patience.repeat(permitted, attempts)


def _rows(fetched: Fetched, list_name: str) -> bool:
    return any(item.get(list_name) for item in fetched.items)

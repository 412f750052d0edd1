"""One piece of work: source → record kept → mapped → stored, a batch to a transaction.

Doing it twice changes nothing, and neither does being killed in the middle and doing it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from fhirbridge.fhir.instant import to_instant
from fhirbridge.sources.errors import SourceError
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.apply import Written
from fhirbridge.sync.arrival import Arrival
from fhirbridge.sync.ask import ISOLATED, Asking
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.limit import Crowded
from fhirbridge.sync.plan import Piece
from fhirbridge.sync.report import Report
from fhirbridge.sync.unit import Unit

MOST_RECORDS = 500
MOST_BYTES = 8_000_000
# What is done in the last transaction of a piece, with the read: it becomes true together.
Finish = Callable[[Transaction, Asking], None]


def pull(bridge: Bridge, piece: Piece, finish: Finish) -> Report:
    """Do `piece` and return what it did.

    What came before a failure is stored; then the failure is raised: a SourceError or Crowded.
    `finish` belongs to the last transaction of a piece that did not fail.
    """
    link = bridge.links[piece.source]
    asking = Asking(bridge, link, piece)
    work = _Pull(bridge, link, asking)
    try:
        for arrival in asking.arrivals():
            work.take(arrival)
    except (SourceError, Crowded) as error:
        if not isinstance(error, ISOLATED):
            asking.report.failures[getattr(error, "reason", "crowded")] += 1
        work.fail()
        raise
    work.finish(finish)
    work.report.add(asking.report)
    return work.report


@dataclass(slots=True)
class _Pull:
    """The transactions of one piece, and what the committed ones did."""

    bridge: Bridge
    link: Link
    asking: Asking
    report: Report = field(default_factory=Report)
    _batch: list[Arrival] = field(default_factory=list)
    _bytes: int = 0

    def take(self, arrival: Arrival) -> None:
        """Take a record, and store the batch when it is large enough."""
        self._batch.append(arrival)
        self._bytes += len(arrival.body)
        if len(self._batch) >= MOST_RECORDS or self._bytes >= MOST_BYTES:
            self._commit(lambda unit: unit.batch(self._batch))

    def finish(self, finish: Finish) -> None:
        """Store the last batch with its conclusions, the report of the run, and `finish`."""
        started = self.bridge.clock()

        def last(unit: Unit) -> None:
            unit.batch(self._batch)
            unit.conclude()
            self._remember(unit, started)
            finish(unit.transaction, self.asking)

        self._commit(last)

    def fail(self) -> None:
        """Store what came before the failure, and the report of the run that failed."""
        started = self.bridge.clock()

        def last(unit: Unit) -> None:
            unit.batch(self._batch)
            self._report(unit, "failed", started)

        self._commit(last)

    def _remember(self, unit: Unit, started: int) -> None:
        piece, read = self.asking.piece, self.asking.received or started
        if self.asking.complete:
            cursors = unit.transaction.cursors
            cursors.set(piece.source, piece.stream, to_instant(read), now=read)
        self._report(unit, "done", started)

    def _report(self, unit: Unit, state: str, started: int) -> None:
        whole = Report()
        for part in (self.report, unit.written.report, self.asking.report):
            whole.add(part)
        piece, runs = self.asking.piece, unit.transaction.runs
        number = runs.start(piece.source, piece.stream, now=started)
        told = {"refresh": piece.refresh} | whole.as_json()
        runs.finish(number, state, told, now=self.bridge.clock())

    def _commit(self, work: Callable[[Unit], None]) -> None:
        def attempt(transaction: Transaction) -> Written:
            unit = Unit(self.bridge, self.link, self.asking, transaction)
            work(unit)
            return unit.end()

        written = self.bridge.store.run(attempt)
        self.report.add(written.report)
        self._batch, self._bytes = [], 0

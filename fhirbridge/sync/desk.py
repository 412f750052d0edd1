"""Where outbox rows are attended to: claimed under a lease, done, and ended with their work."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fhirbridge.sources.errors import SourceError
from fhirbridge.store import spent
from fhirbridge.store.outbox import Work
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.agenda import following, planned, refresh_named
from fhirbridge.sync.ask import Asking
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.limit import Crowded
from fhirbridge.sync.plan import Piece, in_order
from fhirbridge.sync.policy import needs_a_person, source_pause
from fhirbridge.sync.pull import pull
from fhirbridge.sync.synchronise import introduce
from fhirbridge.sync.tasks import (
    PULL,
    REFRESH,
    parent_of,
    piece_of,
    piece_payload,
    queue_of,
    refresh_payload,
)

LOG = logging.getLogger(__name__)
SECOND = 1_000_000
MINUTE = 60 * SECOND
# How long a bell may take before the sweep doubts it.
GRACE = 5 * SECOND
# A row that kills its workers, or fails in our own code, does not come back for ever.
MOST_ATTEMPTS = 10
MOST_REFUSALS = 50
AGAIN_AFTER_SECONDS = 60
PAUSE = "pause"
# Rings for a row: queue, row, attempt.
Bell = Callable[[str, int, int], object]


class LeaseLost(Exception):  # noqa: N818 (another worker has the row: nothing went wrong)
    """Somebody else took the row over while we worked: what we did is rolled back."""


@dataclass(frozen=True)
class OutboxDesk:
    """Does the work of outbox rows. `lease_seconds`: how long a row is ours before others may try.

    `trail` brings in what web processes recorded, and says how many entries there were.
    What must be done twice because a worker died changes nothing the second time.
    """

    bridge: Bridge
    bell: Bell
    lease_seconds: float = 300
    trail: Callable[[], int] = lambda: 0

    def begin(self, source: str, stream: str | None = None) -> list[int]:
        """Put a whole first synchronisation of a source into the outbox; return the rows.

        Refreshes without parents begin at once; the others follow the first of their parents.
        Raises KeyError for an unknown source.
        """
        link = self.bridge.links[source]
        introduce(self.bridge, link)
        wanted = in_order(link.profile, stream)
        rest = [one for one in wanted if stream is None and parent_of(link, one.stream)]
        roots = [one for one in wanted if one not in rest]
        then = {
            root.name: [one.name for one in rest if parent_of(link, one.stream) == root.stream]
            for root in roots
        }
        return self._begin([refresh_payload(source, root.name, *then[root.name]) for root in roots])

    def refresh(self, source: str, name: str) -> None:
        """Put one refresh of the timetable into the outbox."""
        self._begin([refresh_payload(source, name)])

    def sweep(self) -> None:
        """Ring for every row that is due, once a minute: its bell was lost, or its worker died."""
        self.bring_in_audit()
        now = self.bridge.clock()
        for row in self.bridge.store.run(lambda tx: tx.outbox.due(now - GRACE)):
            self.bell("orders", row, now // MINUTE)

    def bring_in_audit(self) -> None:
        """Store what the web processes recorded; what cannot be stored now stays where it is."""
        try:
            self.trail()
        except Exception as error:  # noqa: BLE001 - nothing else waits for it, and it is tried again
            LOG.error("Audit journals cannot be stored: %s", type(error).__name__)  # noqa: TRY400

    def tidy(self) -> None:
        """Remove sessions, tokens, grants and counters that expired: once a day is enough."""
        spent.sweep(self.bridge.store.database, self.bridge.clock())

    def drain(self) -> int:
        """Attend to everything that is due, here and now; return how many rows there were."""
        done = 0
        while rows := self.bridge.store.run(lambda tx: tx.outbox.due(self.bridge.clock())):
            for row in rows:
                self.attend(row)
                done += 1
        return done

    def attend(self, row: int) -> None:
        """Do the work of an outbox row, if it is due and nobody else has it."""
        lease = int(self.lease_seconds * SECOND)
        now = self.bridge.clock()
        work = self.bridge.store.run(lambda tx: tx.outbox.claim(now, lease, id_=row))
        if work is None:
            return
        if work.attempts > MOST_REFUSALS:
            self._give_back(work, "given-up", None)
            return
        try:
            self._kinds()[work.kind](work)
        except LeaseLost:
            return
        except (SourceError, Crowded) as error:
            self._failed(work, error)
        except Exception as error:
            last = work.attempts >= MOST_ATTEMPTS
            self._give_back(work, type(error).__name__, None if last else AGAIN_AFTER_SECONDS)
            raise

    def _kinds(self) -> dict[str, Callable[[Work], None]]:
        return {REFRESH: self._plan, PULL: self._pull}

    def _plan(self, work: Work) -> None:
        link = self.bridge.links[work.payload["source"]]
        refresh = refresh_named(link, work.payload["refresh"])
        then = tuple(work.payload["then"])

        def attempt(transaction: Transaction) -> list[tuple[str, int]]:
            found = planned(self.bridge, link, transaction, refresh, then)
            rows = self._rows(transaction, found)
            if not found:
                rows += self._refreshes(transaction, link, then)
            return self._end(transaction, work, rows)

        self._ring(self.bridge.store.run(attempt))

    def _pull(self, work: Work) -> None:
        piece = piece_of(work.payload)
        link = self.bridge.links[piece.source]
        if self._paused(work, link):
            return
        rung: list[tuple[str, int]] = []

        def finish(transaction: Transaction, asking: Asking) -> None:
            rows = self._rows(transaction, following(self.bridge, transaction, piece, asking.items))
            rows += self._refreshes(transaction, link, piece.then)
            rung[:] = self._end(transaction, work, rows)

        pull(self.bridge, piece, finish)
        self._ring(rung)

    def _rows(self, transaction: Transaction, found: list[Piece]) -> list[tuple[str, int]]:
        links = self.bridge.links
        queued = [(queue_of(links[one.source], one.stream), piece_payload(one)) for one in found]
        return self._add(transaction, PULL, queued)

    def _refreshes(
        self, transaction: Transaction, link: Link, names: tuple[str, ...]
    ) -> list[tuple[str, int]]:
        queued = [("directory", refresh_payload(link.name, name)) for name in names]
        return self._add(transaction, REFRESH, queued)

    def _end(
        self, transaction: Transaction, work: Work, rows: list[tuple[str, int]]
    ) -> list[tuple[str, int]]:
        if not transaction.outbox.done(work):
            raise LeaseLost(work.id)
        return rows

    def _add(
        self, transaction: Transaction, kind: str, queued: list[tuple[str, dict[str, Any]]]
    ) -> list[tuple[str, int]]:
        """Add rows, except for work that waits to be done already; return queues and numbers."""
        now, outbox = self.bridge.clock(), transaction.outbox
        return [
            (queue, outbox.add(kind, payload, now=now))
            for queue, payload in queued
            if not outbox.pending(kind, payload)
        ]

    def _begin(self, payloads: list[dict[str, Any]]) -> list[int]:
        queued = [("directory", payload) for payload in payloads]
        rows = self.bridge.store.run(lambda tx: self._add(tx, REFRESH, queued))
        self._ring(rows)
        return [row for _, row in rows]

    def _ring(self, rows: list[tuple[str, int]]) -> None:
        for queue, row in rows:
            self.bell(queue, row, 0)

    def _failed(self, work: Work, error: SourceError | Crowded) -> None:
        link = self.bridge.links[work.payload["source"]]
        pause = source_pause(error, link.profile.attempts)
        if pause is not None:
            until = self.bridge.clock() + int(pause * SECOND)
            self.bridge.store.run(
                lambda tx: tx.cursors.set(link.name, PAUSE, str(until), now=self.bridge.clock())
            )
        stop = needs_a_person(error) and pause is None
        self._give_back(work, str(error), None if stop else pause or AGAIN_AFTER_SECONDS)

    def _give_back(self, work: Work, error: str, seconds: float | None) -> None:
        """Try again in some seconds, or give up (None)."""
        due = None if seconds is None else self.bridge.clock() + int(seconds * SECOND)
        self.bridge.store.run(lambda tx: tx.outbox.fail(work, error, retry_at=due))

    def _paused(self, work: Work, link: Link) -> bool:
        """Give the row back while the source is left alone; return whether that was so."""
        position = self.bridge.store.run(lambda tx: tx.cursors.get(link.name, PAUSE))
        until = int(position.value) if position else 0
        if until <= self.bridge.clock():
            return False
        self.bridge.store.run(lambda tx: tx.outbox.fail(work, "source-paused", retry_at=until))
        return True

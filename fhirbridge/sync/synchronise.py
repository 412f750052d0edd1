"""A whole source at once, in this process: what `fhirbridge sync` does, without Redis."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fhirbridge.sources.errors import SourceError
from fhirbridge.sources.profile import Profile
from fhirbridge.sources.words import Refresh
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.agenda import following, planned
from fhirbridge.sync.ask import Asking
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.limit import Crowded
from fhirbridge.sync.plan import Piece, in_order
from fhirbridge.sync.policy import needs_a_person
from fhirbridge.sync.provenance import organization
from fhirbridge.sync.pull import pull
from fhirbridge.sync.report import Report


@dataclass(frozen=True, slots=True)
class Step:
    """A piece that was done, for a progress bar: how many calls are done and known so far."""

    stream: str
    done: int
    known: int
    report: Report


def synchronise(
    bridge: Bridge, source: str, stream: str | None, progress: Callable[[Step], None]
) -> dict[str, Report]:
    """Read a source, or one stream and what follows it, and return what each stream did.

    A failing stream does not stop the others, unless the failure needs a person: then it is
    raised (a SourceError of the Abort family). Raises KeyError for an unknown source or stream.
    """
    link = bridge.links[source]
    if stream is not None and stream not in link.profile.streams:
        raise KeyError(stream)
    introduce(bridge, link)
    work = _Work(bridge, progress)
    for refresh in in_order(link.profile, stream):
        work.do(_planned(bridge, link, refresh))
    return work.reports


def _planned(bridge: Bridge, link: Link, refresh: Refresh) -> list[Piece]:
    return bridge.store.run(lambda tx: planned(bridge, link, tx, refresh, ()))


def introduce(bridge: Bridge, link: Link) -> None:
    """Store the Organization behind a source."""
    resource = organization_of(bridge, link.profile)
    bridge.store.run(lambda tx: tx.put(resource, now=bridge.clock()))


def organization_of(bridge: Bridge, profile: Profile) -> dict[str, Any]:
    """Return the Organization behind a source."""
    said = dict(profile.organisation)
    return organization(bridge.identity, bridge.system_base, profile.source, said)


class _Work:
    """Pieces being done one after another, those that follow included."""

    def __init__(self, bridge: Bridge, progress: Callable[[Step], None]) -> None:
        self.reports: dict[str, Report] = {}
        self._bridge = bridge
        self._progress = progress
        self._done = 0
        self._known = 0

    def do(self, pieces: list[Piece]) -> None:
        """Do the pieces and everything that follows them."""
        waiting = list(pieces)
        self._known += sum(len(piece.calls) for piece in pieces)
        while waiting:
            piece, next_ = waiting.pop(0), list[Piece]()
            self._one(piece, next_)
            self._known += sum(len(one.calls) for one in next_)
            waiting += next_

    def _one(self, piece: Piece, next_: list[Piece]) -> None:
        def finish(transaction: Transaction, asking: Asking) -> None:
            next_[:] = following(self._bridge, transaction, piece, asking.items)

        try:
            report = pull(self._bridge, piece, finish)
        except (SourceError, Crowded) as error:
            if needs_a_person(error):
                raise
            report = Report(failures=Counter([getattr(error, "reason", "crowded")]))
        self._done += len(piece.calls)
        self.reports.setdefault(piece.stream, Report()).add(report)
        self._progress(Step(piece.stream, self._done, self._known, report))

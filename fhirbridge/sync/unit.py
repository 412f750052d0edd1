"""What one transaction of a pull does: a batch of records, and what a complete read means."""

from collections.abc import Iterable

from fhirbridge.fhir.instant import date_range
from fhirbridge.store.records import Record
from fhirbridge.store.stored import Lineage
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.absence import Presence, mapping_mark, mark
from fhirbridge.sync.apply import Applying, Written
from fhirbridge.sync.arrival import Arrival
from fhirbridge.sync.ask import Asking
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.interpret import Subject
from fhirbridge.sync.presence import days_of, gone_keys, is_outside, verdict
from fhirbridge.sync.provenance import provenance
from fhirbridge.sync.slots import vanished


class Unit:
    """One attempt at one transaction: it may be made again, so it touches nothing outside."""

    def __init__(
        self, bridge: Bridge, link: Link, asking: Asking, transaction: Transaction
    ) -> None:
        self.written = Written()
        self._bridge = bridge
        self._link = link
        self._asking = asking
        self._stream = asking.piece.stream
        self._declared = link.profile.streams[self._stream]
        self.transaction = transaction
        self._applying = self._applying_to(self._stream)
        self._again = self._mapping_changed()
        self._gone = gone_keys(transaction, link, self._stream)

    def batch(self, arrivals: Iterable[Arrival]) -> None:
        """Keep and apply the records."""
        for arrival in arrivals:
            self._one(arrival)
        self._applying.flush()

    def conclude(self) -> None:
        """Conclude what a complete read says about what was not in it."""
        asking, guard = self._asking, self._declared.guard
        if self._declared.record != "item" or not asking.complete or guard.absent == "keep":
            return
        name = mark(self._stream, asking.piece.refresh)
        before = Presence.load(self.transaction, self._link.name, name)
        outside = [one for one in before.known - asking.keys if self._left_window(one)]
        found = verdict(
            before, asking.keys, outside, misses=guard.misses, shrink=guard.shrink_percent
        )
        if found.refused:
            self.written.report.refused.append(f"{self._stream}: {found.refused}")
        if found.gone:
            self._claim_present()
        for key in sorted(found.gone):
            self._withdraw(key, withdrawn=True)
        for key in sorted(found.back):
            self._withdraw(key, withdrawn=False)
        found.presence.save(self.transaction, self._link.name, name, self._bridge.clock())

    def end(self) -> Written:
        """Say where new versions came from, and return what this transaction did."""
        now, versions = self._bridge.clock(), self.written.versions
        if versions:
            identity = self._bridge.identity
            told = provenance(identity, self._link.name, self._stream, versions, now)
            self.transaction.put(told, now=now)
        return self.written

    def _one(self, arrival: Arrival) -> None:
        source, records = self._link.name, self.transaction.records
        before = records.newest(source, self._stream, arrival.key)
        kept = records.keep(source, self._stream, arrival.key, arrival.body, arrival.received)
        report = self.written.report
        report.records += 1
        report.changed += kept.changed
        subject = Subject(kept.id, arrival.key, arrival.body, arrival.received, kept.changed)
        if kept.changed or self._again or self._waits(kept.id, arrival.key):
            self._applying.apply(subject)
            if before is not None and self._declared.guard.absent == "busy":
                self._hide_vanished(before, subject)
        else:
            report.skipped += 1

    def _waits(self, record: int, key: str) -> bool:
        """Return whether an unchanged record has to be looked at all the same."""
        if key in self._gone or self.transaction.quarantine.waiting(record):
            return True
        told = self._applying.interpreter.parent(key)
        return told is not None and told[1] is not None and told[1].id > record

    def _hide_vanished(self, before: Record, subject: Subject) -> None:
        self._applying.flush()
        was = self._applying.interpreter.outcome(Subject.again(before, withdrawn=False))
        now = self._applying.interpreter.outcome(subject)
        zone = self._link.profile.time_zone
        since = date_range(self._bridge.today(self._link.profile).isoformat(), zone)[0]
        hidden = vanished(self._bridge, was, now, since)
        without: Lineage | None = None
        self._applying.put([(slot, without) for slot in hidden])

    def _claim_present(self) -> None:
        """Keep what somebody present makes too from being withdrawn with somebody gone."""
        for key in sorted(self._asking.keys):
            record = self.transaction.records.newest(self._link.name, self._stream, key)
            if record is not None:
                self._applying.claim(Subject.again(record, withdrawn=False))

    def _withdraw(self, key: str, *, withdrawn: bool) -> None:
        """Withdraw the record and the days that it led to, or take that back."""
        record = self.transaction.records.newest(self._link.name, self._stream, key)
        days = days_of(self._bridge, self._link, self.transaction, self._stream, key)
        for one in (record, *days):
            if one is not None:
                own = one.stream == self._stream
                applying = self._applying if own else self._applying_to(one.stream)
                applying.apply(Subject.again(one, withdrawn=withdrawn))
                applying.flush()

    def _applying_to(self, stream: str) -> Applying:
        return Applying(self._bridge, self._link, stream, self.transaction, self.written)

    def _left_window(self, key: str) -> bool:
        record = self.transaction.records.newest(self._link.name, self._stream, key)
        if record is None:
            return True
        outcome = self._applying.interpreter.outcome(Subject.again(record, withdrawn=False))
        resources = [mapped.resource for mapped in outcome.resources]
        (call,) = self._asking.piece.calls
        return is_outside(resources, self._link.profile, self._stream, call)

    def _mapping_changed(self) -> bool:
        """Return whether kept records were mapped by another mapping than this; see `remap`."""
        name = mapping_mark(self._stream)
        position = self.transaction.cursors.get(self._link.name, name)
        if position is None:
            now, fingerprint = self._bridge.clock(), self._link.fingerprint
            self.transaction.cursors.set(self._link.name, name, fingerprint, now=now)
        return position is not None and position.value != self._link.fingerprint

"""A changed mapping, applied to the records that were kept: the source is not asked again."""

from collections.abc import Callable, Collection, Iterator
from itertools import islice

from fhirbridge.store.records import Record
from fhirbridge.store.transaction import Transaction
from fhirbridge.sync.absence import mapping_mark
from fhirbridge.sync.apply import Applying, Written
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.interpret import Subject
from fhirbridge.sync.plan import in_order
from fhirbridge.sync.presence import is_gone
from fhirbridge.sync.provenance import provenance
from fhirbridge.sync.report import Report

BATCH = 200


def remap(
    bridge: Bridge, source: str, progress: Callable[[int], None], streams: Collection[str] = ()
) -> dict[str, Report]:
    """Apply the mappings of today to every kept record and return what that did, by stream.

    `progress` is told how many records were done. A resource that several records make stays
    the one's that made it. Raises KeyError for an unknown source.
    """
    link = bridge.links[source]
    reports = {}
    for stream in _ordered(link):
        if not streams or stream in streams:
            reports[stream] = _stream(bridge, link, stream, progress)
    return reports


def replay(bridge: Bridge, case: int) -> bool:
    """Apply the record of a quarantine case once more; return whether the case is closed now.

    Raises KeyError for an unknown case.
    """

    def attempt(transaction: Transaction) -> bool:
        found = transaction.quarantine.show(case)
        record = found and transaction.records.get(found.record)
        if not found or not record:
            raise KeyError(case)
        newest = transaction.records.newest(record.source, record.stream, record.key) or record
        _apply(bridge, bridge.links[newest.source], transaction, [newest])
        settled = transaction.quarantine.show(case)
        return settled is not None and settled.released is not None

    return bridge.store.run(attempt)


def _ordered(link: Link) -> list[str]:
    """Return the mapped streams, parents before those that follow them."""
    first = [refresh.stream for refresh in in_order(link.profile)]
    rest = [stream for stream in link.profile.streams if stream not in first]
    return [one for one in dict.fromkeys((*first, *rest)) if one in link.mappings.streams]


def _stream(bridge: Bridge, link: Link, stream: str, progress: Callable[[int], None]) -> Report:
    report = Report()
    for keys in _keys(bridge, link, stream):
        report.add(_batch(bridge, link, stream, keys).report)
        progress(len(keys))
    name, now = mapping_mark(stream), bridge.clock()
    bridge.store.run(lambda tx: tx.cursors.set(link.name, name, link.fingerprint, now=now))
    return report


def _keys(bridge: Bridge, link: Link, stream: str) -> Iterator[list[str]]:
    """Yield the keys of the kept records, in the order they came, a batch at a time."""
    keys = bridge.store.run(lambda tx: [one.key for one in tx.records.of(link.name, stream)])
    waiting = iter(keys)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _batch(bridge: Bridge, link: Link, stream: str, keys: list[str]) -> Written:
    def attempt(transaction: Transaction) -> Written:
        records = _newest(transaction, link, stream, keys)
        return _apply(bridge, link, transaction, records)

    return bridge.store.run(attempt)


def _newest(transaction: Transaction, link: Link, stream: str, keys: list[str]) -> list[Record]:
    found = (transaction.records.newest(link.name, stream, key) for key in keys)
    return [one for one in found if one is not None]


def _apply(
    bridge: Bridge,
    link: Link,
    transaction: Transaction,
    records: list[Record],
) -> Written:
    """Apply records of one stream."""
    written = Written()
    for stream in {record.stream for record in records}:
        applying = Applying(bridge, link, stream, transaction, written)
        for record in records:
            withdrawn = is_gone(transaction, link, record)
            applying.apply(Subject.again(record, withdrawn=withdrawn))
            written.report.records += 1
        applying.flush()
    if written.versions:
        now, stream = bridge.clock(), records[0].stream
        told = provenance(bridge.identity, link.name, stream, written.versions, now)
        transaction.put(told, now=now)
    return written

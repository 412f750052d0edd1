"""Storing entries of the trail as AuditEvents, in the transaction of whatever they are about."""

from collections.abc import Iterable, Sequence
from typing import Any

from fhirbridge.store.audit.concerned import concerned
from fhirbridge.store.audit.entry import Entry
from fhirbridge.store.audit.event import audit_event, references
from fhirbridge.store.bulk import BulkWriter
from fhirbridge.store.connection import Connection


class AuditEvents:
    """The trail, of which nothing is ever changed: an entry stored again stays as it is."""

    def __init__(self, writer: BulkWriter, connection: Connection) -> None:
        self._writer = writer
        self._connection = connection

    def keep(self, entries: Sequence[tuple[str, Entry]], *, now: int) -> None:
        """Store each entry under its id."""
        self._writer.flush()  # what the entries are about may wait in this transaction
        all_ = [reference for _, entry in entries for reference in references(entry)]
        patients = concerned(self._connection, all_)
        self.put(
            (
                audit_event(
                    id_,
                    entry,
                    frozenset[str]().union(
                        *(patients.get(one, frozenset()) for one in references(entry))
                    ),
                )
                for id_, entry in entries
            ),
            now=now,
        )

    def put(self, events: Iterable[dict[str, Any]], *, now: int) -> None:
        """Store AuditEvents."""
        self._writer.put_all([(event, None) for event in events], now=now)

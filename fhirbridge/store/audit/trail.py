"""Where the trail of a process goes before its answers leave. No record, no answer."""

import logging
import uuid
from typing import Protocol

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.store.audit.entry import Entry
from fhirbridge.store.audit.journal import Journal
from fhirbridge.store.store import Store
from fhirbridge.store.transaction import Transaction

LOG = logging.getLogger(__name__)


class Audit(Protocol):
    """What the interactions tell of each request."""

    def record(self, entry: Entry) -> None:
        """Return when the entry cannot be lost; raises Unavailable when that cannot be had."""

    def keep(self, tx: Transaction, entry: Entry) -> None:
        """Let the entry be stored with what the transaction writes."""


class InTransactions:
    """Entries about a transaction are stored by it: they are true together."""

    def keep(self, tx: Transaction, entry: Entry) -> None:
        """Store the entry."""
        tx.audit.keep([(str(uuid.uuid4()), entry)], now=entry.time)


class Journalled(InTransactions):
    """The default: what is no transaction of its own goes to the journal of the process."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal

    def record(self, entry: Entry) -> None:
        """Write to the journal; part of a transaction goes with that."""
        active = self._store.active
        if active is not None:
            self.keep(active, entry)
        else:
            self._journal.append(entry.line())


class Committed(InTransactions):
    """Strict: each entry is committed to the database first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, entry: Entry) -> None:
        """Commit; raises Unavailable for whatever keeps the database from it."""
        active = self._store.active
        if active is not None:
            self.keep(active, entry)
            return
        try:
            self._store.run(lambda tx: self.keep(tx, entry))
        except Exception as error:
            LOG.error("An access cannot be recorded: %s", type(error).__name__)  # noqa: TRY400
            raise Unavailable("The access cannot be recorded, so it is not answered") from error


class Untold:
    """Nothing is recorded: to measure what recording costs."""

    def record(self, entry: Entry) -> None:
        """Do nothing."""

    def keep(self, tx: Transaction, entry: Entry) -> None:
        """Do nothing."""

"""One unit of work: everything in it becomes true together, or nothing does."""

import hashlib
from collections.abc import Mapping, Sequence

from fhirbridge.search.parameter import SearchContext
from fhirbridge.store.audit.events import AuditEvents
from fhirbridge.store.bulk import BulkWriter
from fhirbridge.store.connection import Connection
from fhirbridge.store.cursors import Cursors
from fhirbridge.store.handover import Handover
from fhirbridge.store.identities import Identities
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.issues import Issues
from fhirbridge.store.merges import Merges
from fhirbridge.store.outbox import Outbox
from fhirbridge.store.pertaining import Pertaining
from fhirbridge.store.quarantine import Quarantine
from fhirbridge.store.records import Records
from fhirbridge.store.runs import Runs
from fhirbridge.store.stored import Put
from fhirbridge.store.tokens import Tokens
from fhirbridge.store.writing import Item


class Transaction(BulkWriter):
    """Writes resources, and what the road from the sources keeps beside them."""

    def __init__(
        self, connection: Connection, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        super().__init__(connection, types, context)
        self.records = Records(connection)
        self.quarantine = Quarantine(connection)
        self.issues = Issues(connection)
        self.outbox = Outbox(connection)
        self.cursors = Cursors(connection)
        self.runs = Runs(connection)
        self.identities = Identities(connection)
        self.tokens = Tokens(connection)
        self.audit = AuditEvents(self, connection)
        self.merges = Merges(connection)
        self.pertaining = Pertaining(connection, types)
        self.handover = Handover(connection)

    def put_all(self, items: Sequence[Item], *, now: int) -> list[Put]:
        """Store many resources, Patients with the links that staff confirmed; see `Writer`."""
        confirmed = self.merges.confirmed([resource for resource, _ in items])
        lineages = (lineage for _, lineage in items)
        return super().put_all(list(zip(confirmed, lineages, strict=True)), now=now)

    def alone(self, purpose: str) -> None:
        """Wait until no other transaction is here for `purpose`; ends with the transaction.

        Between "nothing matches" and the write that follows from it, nobody else may write that.
        """
        digest = hashlib.sha256(purpose.encode()).digest()
        self._connection.lock(int.from_bytes(digest[:8], signed=True))

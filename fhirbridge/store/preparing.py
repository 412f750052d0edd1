"""What storing a new resource writes, computed without the database: any process may do it."""

from typing import Any, NamedTuple

from fhirbridge.fhir.json import dump
from fhirbridge.resources.merged import linked
from fhirbridge.search.parameter import SearchContext
from fhirbridge.store.body import content_hash, stamped
from fhirbridge.store.change import Key, key_of
from fhirbridge.store.describing import described
from fhirbridge.store.filling import COLUMNS
from fhirbridge.store.index.entries import Tables
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.merges import PATIENT

# Stands for the number that the row has not got yet.
UNPLACED = 0
PLACES = {table: names.index("row") for table, names in COLUMNS.items()}


class Prepared(NamedTuple):
    """The first version of a resource, as bytes and as rows of the index."""

    key: Key
    updated: int
    hash: bytes
    body: bytes
    shown: bytes | None
    patient: str | None
    tables: Tables

    @property
    def columns(self) -> tuple[bytes, bytes, bytes | None, str | None]:
        """The columns of the resource that follow from what it says."""
        return self.hash, self.body, self.shown, self.patient

    def placed(self, row: int) -> Tables:
        """Return the rows of the index with `row` as their resource."""
        placed: Tables = {}
        for table, rows in self.tables.items():
            at = PLACES[table]
            placed[table] = [(*one[:at], row, *one[at + 1 :]) for one in rows]
        return placed


def prepare(
    index: TypeIndex, resource: dict[str, Any], context: SearchContext, now: int
) -> Prepared:
    """Return `resource` ready to be written as new; `now` becomes its lastUpdated."""
    # Nobody has confirmed a merge of what is new.
    resource = linked(resource, ()) if resource["resourceType"] == PATIENT else resource
    first = stamped(resource, 1, now)
    shown, patient, tables = described(index, UNPLACED, first, context)
    found = {table: rows for table, rows in tables.items() if rows}
    hash_, body = content_hash(resource), dump(first)
    return Prepared(key_of(resource), now, hash_, body, shown, patient, found)

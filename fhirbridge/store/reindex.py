"""Computing the index anew, after a change of definitions, zone or base URL."""

from collections.abc import Callable, Mapping
from functools import partial

from fhirbridge.fhir.json import parse
from fhirbridge.search.parameter import SearchContext
from fhirbridge.store.database import Database
from fhirbridge.store.describing import described
from fhirbridge.store.filling import IndexBuffer
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.transaction import Transaction

BATCH = 500
NEXT = "SELECT row, type, body FROM resource WHERE row > ? AND NOT deleted ORDER BY row LIMIT ?"
SHOWN = "UPDATE resource SET shown = ?, patient = ? WHERE row = ?"
Run = Callable[[Callable[[Transaction], tuple[int, int]]], tuple[int, int]]


def reindex(
    run: Run,
    database: Database,
    types: Mapping[str, TypeIndex],
    context: SearchContext,
    progress: Callable[[int], None],
) -> int:
    """Return how many resources were indexed anew, a batch per transaction, while serving.

    `progress` is told the number done. Every resource is always found, by its old rows or its new
    ones. A type that is not among `types` keeps its old rows.
    """
    last, done = 0, 0
    while True:
        last, count = run(partial(_batch, database, types, context, last))
        done += count
        progress(done)
        if count < BATCH:
            return done


def _batch(
    database: Database,
    types: Mapping[str, TypeIndex],
    context: SearchContext,
    after: int,
    _transaction: Transaction,
) -> tuple[int, int]:
    connection = database.connection
    found = connection.rows(NEXT + connection.locking, (after, BATCH))
    buffer, shown = IndexBuffer(connection), []
    for row, type_, body in found:
        if type_ in types:
            index, resource = types[type_], parse(body)
            view, patient, tables = described(index, row, resource, context)
            buffer.replace(row, tables, new=False)
            shown.append((view, patient, row))
    if shown:
        connection.many(SHOWN, shown)
    buffer.flush()
    return (found[-1][0] if found else after), len(found)

"""Writing resources: versions, history, and the rows of the index that go with them.

Resource rows are written at once, because their versions are the answer; index rows wait for
`flush`, so that a batch costs one statement per table. https://hl7.org/fhir/R4/http.html#update
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from fhirbridge.fhir.errors import NotFound, PreconditionFailed
from fhirbridge.fhir.json import dump
from fhirbridge.search.parameter import SearchContext
from fhirbridge.store.change import Change, Current, Key, change_of, key_of
from fhirbridge.store.connection import Connection
from fhirbridge.store.describing import Described, described
from fhirbridge.store.filling import IndexBuffer
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.numbering import Numbers
from fhirbridge.store.stored import Lineage, Put

# `expected` of a resource that must not exist.
ABSENT = 0
SELECT = "SELECT row, id, version, updated, deleted, hash FROM resource WHERE type = ? AND "
WRITTEN = "SELECT row FROM resource WHERE "
INSERT = (
    "INSERT INTO resource"
    " (row, type, id, version, updated, deleted, hash, body, shown, patient, changed)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (type, id) DO NOTHING"
)
KEEP_VERSION = (
    "INSERT INTO history (row, version, updated, deleted, body)"
    " SELECT row, version, updated, deleted, body FROM resource WHERE row = ?"
)
# Pages that began before judge a resource by the version they saw: `store.snapshot`.
SUPERSEDE = (
    "INSERT INTO superseded (type, ended, row, version, began)"
    " SELECT type, ?, row, version, changed FROM resource WHERE row = ?"
)
UPDATE = (
    "UPDATE resource SET version = ?, updated = ?, deleted = ?, hash = ?, body = ?, shown = ?,"
    " patient = ?, changed = ? WHERE row = ?"
)
DELETE = (
    "UPDATE resource SET version = version + 1, updated = ?, deleted = ?, hash = ?, body = ?,"
    " changed = ? WHERE row = ?"
)
TRACE = (
    "INSERT INTO lineage (row, record, mapping, map_row) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (row) DO UPDATE SET record = excluded.record, mapping = excluded.mapping,"
    " map_row = excluded.map_row"
)


Item = tuple[dict[str, Any], Lineage | None]


class Writer:
    """The resources of one transaction. `context` says how dates and references are read.

    `changed` are those that it wrote or deleted, in order.
    """

    def __init__(
        self, connection: Connection, types: Mapping[str, TypeIndex], context: SearchContext
    ) -> None:
        self._connection = connection
        self._types = types
        self._context = context
        self._buffer = IndexBuffer(connection)
        self._known: dict[Key, Current | None] = {}
        self._numbers = Numbers(connection)
        self.changed: list[Key] = []

    def put(
        self,
        resource: dict[str, Any],
        *,
        now: int,
        expected: int | None = None,
        lineage: Lineage | None = None,
    ) -> Put:
        """Store `resource` under its own id and return what that did.

        `expected` is the version it must have now (ABSENT: none). Raises PreconditionFailed when
        it has another, KeyError for a type that this store was not opened with.
        """
        if expected is not None:
            self._expect(key_of(resource), expected)
        put = self.put_all([(resource, lineage)], now=now)[0]
        if expected == ABSENT and put.outcome != "created":
            raise PreconditionFailed("The resource has another version.")
        return put

    def lock(self, *keys: Key) -> bool:
        """Keep other transactions from changing resources until this one ends.

        Returns whether there are any, deleted ones among them.
        """
        self._look_up(keys)
        there = sum(self._known[key] is not None for key in keys)
        self._numbers.reserve(len(keys) - there)
        return there > 0

    def put_all(self, items: Sequence[Item], *, now: int) -> list[Put]:
        """Store many resources and return what that did to each.

        One that comes twice is stored in order. Raises KeyError for an unknown type.
        """
        puts: dict[int, Put] = {}
        waiting = dict(enumerate(items))
        while waiting:
            batch: dict[Key, int] = {}
            for number, (resource, _) in waiting.items():
                batch.setdefault(key_of(resource), number)
            self._look_up(batch)
            for key, change in self._write({key: waiting[batch[key]] for key in batch}, now):
                puts[batch[key]] = change.put
                del waiting[batch[key]]
        return [puts[number] for number in range(len(items))]

    def delete(self, type_: str, id_: str, *, now: int) -> bool:
        """Make the deletion the newest version; return False when it is deleted already.

        Raises NotFound for what never existed.
        """
        key = type_, id_
        self._look_up([key])
        current = self._known[key]
        if current is None:
            raise NotFound("There is no such resource.")
        if current.deleted:
            return False
        self._keep_versions([current.row])
        updated = max(now, current.updated)
        values = (updated, True, b"", b"", self._number, current.row)
        self._connection.execute(DELETE, values)
        self._buffer.remove(current.row)
        self.changed.append(key)
        self._known[key] = Current(
            current.row, current.version + 1, updated, deleted=True, hash=b""
        )
        return True

    def flush(self) -> None:
        """Write the index rows that wait."""
        self._buffer.flush()

    def _expect(self, key: Key, version: int) -> None:
        self._look_up([key])
        current = self._known[key]
        found = ABSENT if current is None or current.deleted else current.version
        if found != version:
            raise PreconditionFailed("The resource has another version.")

    def _look_up(self, keys: Iterable[Key]) -> None:
        """Lock these resources and learn their state, unless that is known already."""
        wanted: dict[str, list[str]] = {}
        for type_, id_ in keys:
            if (type_, id_) not in self._known:
                self._known[type_, id_] = None
                wanted.setdefault(type_, []).append(id_)
        among = self._connection.among.format("id")
        sql = f"{SELECT}{among} ORDER BY id{self._connection.locking}"
        # Always in the same order, so that two batches do not wait for each other in a circle.
        for type_, ids in sorted(wanted.items()):
            found = self._connection.rows(sql, (type_, self._connection.listed(ids)))
            for row, id_, version, updated, deleted, digest in found:
                self._known[type_, id_] = Current(row, version, updated, bool(deleted), digest)

    def _write(self, batch: Mapping[Key, Item], now: int) -> Iterator[tuple[Key, Change]]:
        """Write one resource per key and yield those done; another may have created the rest."""
        fresh = sum(self._known[key] is None for key in batch)
        free = iter(self._numbers.take(fresh))
        changes = {
            key: change_of(item[0], self._known[key], free, now) for key, item in batch.items()
        }
        beside = {
            key: described(self._types[key[0]], one.state.row, one.resource, self._context)
            for key, one in changes.items()
            if one.resource is not None
        }
        missed = self._write_rows(changes, beside)
        done = {key: one for key, one in changes.items() if one.state.row not in missed}
        for key in changes.keys() - done.keys():
            del self._known[key]
        for key, change in done.items():
            self._known[key] = change.state
            if key in beside:
                self.changed.append(key)
                self._buffer.replace(change.state.row, beside[key].tables, new=change.new)
        traces = [
            (done[key].state.row, lineage.record, lineage.mapping, lineage.map_row)
            for key, (_, lineage) in batch.items()
            if lineage is not None and key in done
        ]
        if traces:
            self._connection.many(TRACE, traces)
        yield from done.items()

    def _write_rows(
        self, changes: Mapping[Key, Change], beside: Mapping[Key, Described]
    ) -> set[int]:
        """Write the resource rows; return the numbers of new ones that came too late."""
        new, changed = [], []
        for key, (shown, patient, _) in beside.items():
            state, resource = changes[key].state, changes[key].resource
            values = (state.version, state.updated, False, state.hash, dump(resource))
            if changes[key].new:
                new.append((state.row, *key, *values, shown, patient, self._number))
            else:
                changed.append((*values, shown, patient, self._number, state.row))
        if changed:
            self._keep_versions([values[-1] for values in changed])
            self._connection.many(UPDATE, changed)
        return self._insert(new)

    def _insert(self, new: Sequence[tuple[Any, ...]]) -> set[int]:
        """Write new resource rows; return the numbers of those that came too late."""
        if not new or self._connection.many(INSERT, new) == len(new):
            return set()
        numbers = [values[0] for values in new]
        sql = WRITTEN + self._connection.among.format("row")
        written = self._connection.rows(sql, (self._connection.listed(numbers),))
        return set(numbers).difference(number for (number,) in written)

    def _keep_versions(self, rows: Sequence[int]) -> None:
        """Keep the current versions of these rows, which are about to change."""
        self._connection.many(KEEP_VERSION, [(row,) for row in rows])
        self._connection.many(SUPERSEDE, [(self._number, row) for row in rows])

    @cached_property
    def _number(self) -> int:
        """Which transaction this is, told beside what it writes."""
        return self._connection.change()

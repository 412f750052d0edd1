"""Source records as they came: kept before anything is made of them, never changed."""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fhirbridge.store.connection import Connection, Row
from fhirbridge.store.stored import Lineage

COLUMNS = "SELECT id, source, stream, key, received, body FROM record"
NEWEST = (
    "SELECT id, hash FROM record WHERE source = ? AND stream = ? AND key = ? AND newest{locking}"
)
SUPERSEDE = "UPDATE record SET newest = ? WHERE id = ?"
INSERT = (
    "INSERT INTO record (source, stream, key, hash, received, body, newest)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (source, stream, key) WHERE newest DO NOTHING RETURNING id"
)
# How many records `of` reads at a time.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """The number of the record; `changed` False when the newest one was the same already."""

    id: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it came. `received` is in microseconds since 1970 UTC."""

    id: int
    source: str
    stream: str
    key: str
    received: int
    body: bytes


class Records:
    """All versions of every record; the newest of each key is what mappings read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, source: str, stream: str, key: str, body: bytes, received: int) -> Kept:
        """Keep `body` as the newest record of `key`, unless it is that already."""
        digest = hashlib.sha256(body).digest()
        compressed = zlib.compress(body)
        while True:
            sql = NEWEST.format(locking=self._connection.locking)
            newest = self._connection.rows(sql, (source, stream, key))
            if newest and newest[0][1] == digest:
                return Kept(newest[0][0], changed=False)
            if newest:
                self._connection.execute(SUPERSEDE, (False, newest[0][0]))
            values = (source, stream, key, digest, received, compressed, True)
            kept = self._connection.rows(INSERT, values)
            # Nothing came back: another process kept the first record of this key meanwhile.
            if kept:
                return Kept(kept[0][0], changed=True)

    def get(self, id_: int) -> Record | None:
        """Return one record, newest or not."""
        found = self._connection.rows(f"{COLUMNS} WHERE id = ?", (id_,))
        return _record(found[0]) if found else None

    def newest(self, source: str, stream: str, key: str) -> Record | None:
        """Return the newest record of a key, or None when none ever came."""
        sql = f"{COLUMNS} WHERE source = ? AND stream = ? AND key = ? AND newest"
        found = self._connection.rows(sql, (source, stream, key))
        return _record(found[0]) if found else None

    def of(self, source: str, stream: str | None = None) -> Iterator[Record]:
        """Yield the newest record of every key, in the order they came, a few at a time."""
        sql = f"{COLUMNS} WHERE source = ? AND newest AND id > ?"
        sql += "" if stream is None else " AND stream = ?"
        last = 0
        while True:
            parameters = (source, last, *(() if stream is None else (stream,)), BATCH)
            found = self._connection.rows(f"{sql} ORDER BY id LIMIT ?", parameters)
            yield from map(_record, found)
            if len(found) < BATCH:
                return
            last = found[-1][0]

    def find(self, type_: str, id_: str) -> tuple[Record, Lineage] | None:
        """Return the record a resource was made from, and how; None when it was not mapped."""
        sql = (
            "SELECT l.record, l.mapping, l.map_row FROM lineage l"
            " JOIN resource r ON r.row = l.row WHERE r.type = ? AND r.id = ?"
        )
        found = self._connection.rows(sql, (type_, id_))
        if not found:
            return None
        lineage = Lineage(*found[0])
        record = self.get(lineage.record)
        return None if record is None else (record, lineage)

    def source_of(self, type_: str, id_: str) -> str | None:
        """Return the source that a resource came from, or None when none sent it."""
        sql = (
            "SELECT c.source FROM lineage l JOIN resource r ON r.row = l.row"
            " JOIN record c ON c.id = l.record WHERE r.type = ? AND r.id = ?"
        )
        found = self._connection.rows(sql, (type_, id_))
        return found[0][0] if found else None

    def there(self, names: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return which resources there are, by type and id; deleted ones among them."""
        among = self._connection.among.format("id")
        wanted: dict[str, list[str]] = defaultdict(list)
        for type_, id_ in names:
            wanted[type_].append(id_)
        sql = f"SELECT id FROM resource WHERE type = ? AND {among}"  # noqa: S608
        return frozenset(
            (type_, id_)
            for type_, ids in wanted.items()
            for (id_,) in self._connection.rows(sql, (type_, self._connection.listed(ids)))
        )

    def made(self, record: int) -> list[tuple[str, str]]:
        """Return type and id of the resources that were made from a record."""
        sql = (
            "SELECT r.type, r.id FROM lineage l JOIN resource r ON r.row = l.row"
            " WHERE l.record = ? AND NOT r.deleted ORDER BY r.row"
        )
        return [(type_, id_) for type_, id_ in self._connection.rows(sql, (record,))]


def _record(row: Row) -> Record:
    id_, source, stream, key, received, body = row
    return Record(id_, source, stream, key, received, zlib.decompress(body))

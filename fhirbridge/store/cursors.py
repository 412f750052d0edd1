"""How far each stream of a source was read, and when: what `/health` and freshness speak of."""

from dataclasses import dataclass

from fhirbridge.store.connection import Statements

GET = "SELECT source, stream, value, read FROM cursor"
SET = (
    "INSERT INTO cursor (source, stream, value, read) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (source, stream) DO UPDATE SET value = excluded.value, read = excluded.read"
)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream is: the source's own mark, and when it was last read in full (µs)."""

    source: str
    stream: str
    value: str
    read: int


class Cursors:
    """One position per source and stream."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    def get(self, source: str, stream: str) -> Position | None:
        """Return where the stream is, or None when it was never read."""
        found = self._connection.rows(f"{GET} WHERE source = ? AND stream = ?", (source, stream))
        return Position(*found[0]) if found else None

    def set(self, source: str, stream: str, value: str, *, now: int) -> None:
        """Remember that the stream was read up to `value`."""
        self._connection.execute(SET, (source, stream, value, now))

    def forget(self, source: str) -> None:
        """Forget where the streams of `source` are."""
        self._connection.execute("DELETE FROM cursor WHERE source = ?", (source,))

    def all(self) -> list[Position]:
        """Return every position."""
        return [Position(*row) for row in self._connection.rows(f"{GET} ORDER BY source, stream")]

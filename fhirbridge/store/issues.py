"""Notes on the quality of what sources send: mapped, but somebody should look."""

from dataclasses import dataclass

from fhirbridge.store.connection import Connection

NOTE = (
    "INSERT INTO issue (source, stream, item_key, code, detail, record, noted)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, stream, item_key, code)"
    " DO UPDATE SET detail = excluded.detail, record = excluded.record"
)
LIST = "SELECT source, stream, item_key, code, detail, record, noted FROM issue"


@dataclass(frozen=True, slots=True)
class QualityNote:
    """One note. `code` says what kind, `item_key` what about; `noted` is when first (µs)."""

    source: str
    stream: str
    item_key: str
    code: str
    detail: str
    record: int | None
    noted: int


class Issues:
    """One note per item and code, however often it comes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, note: QualityNote) -> None:
        """Keep a note; the same one again renews its detail and record only."""
        values = (note.source, note.stream, note.item_key, note.code)
        self._connection.execute(NOTE, (*values, note.detail, note.record, note.noted))

    def list(self, source: str | None = None, *, limit: int = 1000) -> list[QualityNote]:
        """Return notes in the order they were first made."""
        wanted = "" if source is None else " WHERE source = ?"
        parameters = (*(() if source is None else (source,)), limit)
        found = self._connection.rows(f"{LIST}{wanted} ORDER BY id LIMIT ?", parameters)
        return [QualityNote(*row) for row in found]

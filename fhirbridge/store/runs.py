"""A report of every run of a stream: what came, what became of it."""

from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.json import dump, parse
from fhirbridge.store.connection import Connection, Row

RUNNING = "running"
START = (
    "INSERT INTO run (source, stream, started, state, report) VALUES (?, ?, ?, ?, ?) RETURNING id"
)
FINISH = "UPDATE run SET finished = ?, state = ?, report = ? WHERE id = ?"
LIST = "SELECT id, source, stream, started, finished, state, report FROM run"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Times are microseconds since 1970 UTC; an unfinished one may have been killed."""

    id: int
    source: str
    stream: str
    started: int
    finished: int | None
    state: str
    report: dict[str, Any]


class Runs:
    """The runs of all streams."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, source: str, stream: str, *, now: int) -> int:
        """Note that a run began and return its number."""
        found = self._connection.rows(START, (source, stream, now, RUNNING, "{}"))
        return int(found[0][0])

    def finish(self, id_: int, state: str, report: dict[str, Any], *, now: int) -> None:
        """Note how a run ended: `state` is a word such as `done` or `failed`."""
        self._connection.execute(FINISH, (now, state, dump(report).decode(), id_))

    def last(self, source: str, stream: str | None = None, *, limit: int = 1) -> list[Run]:
        """Return the newest runs of a source or one of its streams, newest first."""
        wanted = "" if stream is None else " AND stream = ?"
        parameters = (source, *(() if stream is None else (stream,)), limit)
        sql = f"{LIST} WHERE source = ?{wanted} ORDER BY id DESC LIMIT ?"
        return [_run(row) for row in self._connection.rows(sql, parameters)]


def _run(row: Row) -> Run:
    id_, source, stream, started, finished, state, report = row
    return Run(id_, source, stream, started, finished, state, parse(report))

"""How far each file was loaded, kept in the database itself: a load that was stopped goes on there.

A file that has changed since begins anew, and so does every file once a load came to its end.
"""

from collections.abc import Callable
from pathlib import Path

from fhirbridge.fhir.json import dump, parse
from fhirbridge.store.store import Store
from fhirbridge.sync.loading.pieces import Piece, Start

SOURCE = "load"


class Positions:
    """The positions of one load."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store = store
        self._now = now
        self._held: set[str] = set()

    def start(self, path: Path) -> Start:
        """Return where to begin in `path`."""
        position = self._store.cursors.get(SOURCE, _name(path))
        if position is None:
            return Start()
        kept = parse(position.value)
        same = kept["file"] == _fingerprint(path)
        return Start(kept["offset"], kept["line"]) if same else Start()

    def hold(self, piece: Piece) -> None:
        """Let the file of `piece` be begun again there until the load ends."""
        self._held.add(piece.path)

    def reached(self, piece: Piece) -> None:
        """Remember that `piece` and all before it in its file are done."""
        if piece.path in self._held:
            return
        path = Path(piece.path)
        line = piece.line + piece.lines
        text = dump({"file": _fingerprint(path), "offset": piece.end, "line": line}).decode()
        self._store.cursors.set(SOURCE, _name(path), text, now=self._now())

    def end(self) -> None:
        """Forget all of it: the load came to its end."""
        self._store.cursors.forget(SOURCE)


def _name(path: Path) -> str:
    return str(path.resolve())


def _fingerprint(path: Path) -> str:
    """Return what tells whether a file is the one that was read, without reading it."""
    stat = path.stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}"

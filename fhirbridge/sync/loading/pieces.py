"""The files to load, cut into pieces that are read, checked and stored on their own."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

LINES = frozenset({".ndjson", ".jsonl"})
SUFFIXES = LINES | {".json"}
# Bytes of NDJSON in a piece: enough for the database to write in order, little to hold in memory.
SIZE = 2 * 2**20


class Piece(NamedTuple):
    """Bytes `start` to `end` of a file: `lines` lines from number `line` on, or (0) the whole."""

    path: str
    start: int
    end: int
    line: int = 0
    lines: int = 0

    def read(self) -> bytes:
        """Return the bytes; raises OSError when the file is not readable any more."""
        with Path(self.path).open("rb") as file:
            file.seek(self.start)
            return file.read(self.end - self.start)


class Start(NamedTuple):
    """Where to begin in a file: the byte, and the number of the line there."""

    offset: int = 0
    line: int = 1


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the JSON and NDJSON files that `paths` name, folders read through, in order."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [one for one in inside if one.suffix in SUFFIXES or one == path]
    return [one for one in found if one.is_file()]


def pieces(path: Path, start: Start, size: int = SIZE) -> Iterator[Piece]:
    """Yield the pieces of a file from `start` on: whole lines, or the whole file."""
    if path.suffix in LINES:
        with path.open("rb") as file:
            yield from _of_lines(file, str(path), start, size)
        return
    end = path.stat().st_size
    if start.offset < end:
        yield Piece(str(path), 0, end)


def _of_lines(file: BinaryIO, path: str, start: Start, size: int) -> Iterator[Piece]:
    file.seek(start.offset)
    at, line = start
    while block := file.read(size):
        block += file.readline()
        lines = block.count(b"\n")
        yield Piece(path, at, at + len(block), line, lines)
        at += len(block)
        line += lines

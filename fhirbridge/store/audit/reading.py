"""Reading the journals of all processes, of those that still write and of those that ended."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fhirbridge.store.audit.journal import SUFFIX

DAMAGED = ".damaged"


class Line(NamedTuple):
    """A line without its line feed, and where it begins and the next one does, in bytes."""

    text: bytes
    start: int
    end: int


def journals(folder: Path) -> list[Path]:
    """Return the files there are, the oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def complete(path: Path) -> bool:
    """Return whether nobody writes the file any more."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lines(path: Path, start: int, most: int) -> list[Line]:
    """Return up to `most` complete lines from byte `start` on."""
    found: list[Line] = []
    for line in _lines(path, start):
        found.append(line)
        if len(found) == most:
            break
    return found


def torn(path: Path, start: int) -> int:
    """Return how many bytes follow `start`: after the last line, what a crash cut off."""
    return path.stat().st_size - start


def put_away(path: Path, *, damaged: bool) -> None:
    """Remove a file whose entries are all stored; one with damage is kept under another name."""
    if damaged:
        path.rename(path.with_suffix(DAMAGED))
    else:
        path.unlink(missing_ok=True)


def _lines(path: Path, start: int) -> Iterator[Line]:
    with path.open("rb") as file:
        file.seek(start, os.SEEK_SET)
        for text in file:
            if not text.endswith(b"\n"):
                return
            yield Line(text[:-1], start, start + len(text))
            start += len(text)

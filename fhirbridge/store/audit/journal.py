"""The journal of one process: entries appended to a file of its own before answers leave.

One `write` with O_APPEND per entry: it is the kernel's once it returns, whatever becomes of the
process. The disk has it within a second (`SYNC_SECONDS`); a power cut can cost what came after.
https://man7.org/linux/man-pages/man2/write.2.html
"""

import errno
import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from fhirbridge.fhir.errors import Unavailable

LOG = logging.getLogger(__name__)
SUFFIX = ".journal"
NEW = ".new"
LARGEST = 16 * 2**20
SYNC_SECONDS = 0.5


class Journal:
    """Appends to files in `folder`, which is made when first needed. For all threads and forks.

    The file being written is locked as long as its process lives: what can be locked is complete.
    After `largest` bytes, or any failure, it goes on in a new one.
    """

    def __init__(self, folder: Path, clock: Callable[[], int], largest: int = LARGEST) -> None:
        self._folder = folder
        self._clock = clock
        self._largest = largest
        self._writer = _Writer()

    def append(self, line: bytes) -> None:
        """Return when the kernel has `line`; raises Unavailable when it did not take all of it."""
        writer = self._writer
        if writer.process != os.getpid():
            writer = self._writer = _Writer()
        try:
            with writer.lock:
                if writer.descriptor is None or writer.size + len(line) > self._largest:
                    writer.close()
                    writer.open(self._folder / self._name())
                writer.write(line)
        except OSError as error:
            LOG.error("The audit journal cannot be written: %s", error.strerror)  # noqa: TRY400
            raise Unavailable("The access cannot be recorded, so it is not answered") from error

    def close(self) -> None:
        """Let go of the file, as the end of the process would."""
        with self._writer.lock:
            self._writer.close()

    def _name(self) -> str:
        """Return a name that no other file ever has; names sort by time."""
        return f"{self._clock():020}-{os.getpid()}-{secrets.token_hex(12)}{SUFFIX}"


class _Writer:
    """The open file of one process, and the thread that brings it to the disk."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.lock = threading.Lock()
        self.descriptor: int | None = None
        self.size = 0
        self._dirty = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, path: Path) -> None:
        """Begin a file. It is locked before it has its name, so nobody takes it for complete."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(NEW)
        self.descriptor = os.open(new, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        new.rename(path)
        self.size = 0
        _sync_folder(path.parent)
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep_syncing, daemon=True)
            self._thread.start()

    def write(self, line: bytes) -> None:
        """Append; a file that took a part only is left behind, so that a torn line is its last."""
        assert self.descriptor is not None  # noqa: S101 - opened by our one caller
        written = 0
        try:
            written = os.write(self.descriptor, line)
        finally:
            if written < len(line):
                self.close()
        if written < len(line):
            raise OSError(errno.ENOSPC, "only a part was written")
        self.size += written
        if not self._dirty.is_set():
            self._dirty.set()

    def close(self) -> None:
        if self.descriptor is not None:
            descriptor, self.descriptor = self.descriptor, None
            _sync(descriptor)
            # The lock belongs to the file, and the thread that syncs may hold a copy of it.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _keep_syncing(self) -> None:
        while True:
            self._dirty.wait()
            self._dirty.clear()
            with self.lock:
                copy = None if self.descriptor is None else os.dup(self.descriptor)
            if copy is not None:
                _sync(copy)
                os.close(copy)
            time.sleep(SYNC_SECONDS)


def _sync(descriptor: int) -> None:
    """Bring a file to the disk; a failure is for the log: the answers have left."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        LOG.error("The audit journal does not reach the disk: %s", error.strerror)  # noqa: TRY400


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

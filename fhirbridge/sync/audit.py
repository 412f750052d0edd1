"""From the journals of the web processes into the store: every entry becomes one AuditEvent, once.

Its id follows from the journal's name and the entry's place in it, and how far a journal was read
is kept in the transaction that stores what was read: so it does not matter where a crash comes.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fhirbridge.store.audit.entry import Damaged, Entry
from fhirbridge.store.audit.event import damage
from fhirbridge.store.audit.reading import Line, complete, journals, lines, put_away, torn
from fhirbridge.store.store import Store
from fhirbridge.store.transaction import Transaction

LOG = logging.getLogger(__name__)
BATCH = 250
# Of one call: what else its process has to do must not wait for long.
MOST = 20 * BATCH
NAMESPACE = uuid.UUID("6f0f6a1c-3a0d-5d0e-9a86-3c6d1f0b7f52")
DAMAGED = "damaged"


@dataclass(frozen=True)
class Trail:
    """Where journals come in: `folder` is that of the web processes on this machine."""

    store: Store
    folder: Path
    clock: Callable[[], int]

    def bring_in(self, most: int = MOST) -> int:
        """Store entries, up to `most` of them, and return how many.

        A journal that nobody writes any more is removed once all of it is stored.
        """
        left = most
        for path in journals(self.folder):
            left -= self._journal(path, left)
            if left <= 0:
                break
        return most - left

    def _journal(self, path: Path, most: int) -> int:
        done = 0
        # Asked before reading: what is complete then cannot grow while it is read.
        ended = complete(path)
        while done < most:
            count = self.store.run(lambda tx: self._batch(tx, path))
            done += count
            if count < BATCH:
                if ended:
                    self.store.run(lambda tx: self._end(tx, path))
                break
        return done

    def _batch(self, tx: Transaction, path: Path) -> int:
        tx.alone(f"audit {path.name}")
        start, mark = self._position(tx, path)
        found = lines(path, start, BATCH) if path.exists() else []
        entries, broken = [], []
        for line in found:
            id_ = event_id(path, line.start)
            try:
                entries.append((id_, Entry.parse(line.text)))
            except Damaged as error:
                broken.append(damage(id_, self.clock(), _place(path, line, error)))
        if found:
            tx.audit.keep(entries, now=self.clock())
            tx.audit.put(broken, now=self.clock())
            value = f"{found[-1].end} {DAMAGED if broken else mark}".strip()
            tx.cursors.set(_source(path), "journal", value, now=self.clock())
        return len(found)

    def _end(self, tx: Transaction, path: Path) -> None:
        """Remove a journal that was read to its end; what follows the last line left no answer."""
        tx.alone(f"audit {path.name}")
        if not path.exists():
            return
        start, mark = self._position(tx, path)
        if lines(path, start, 1):
            return  # another process removed what we read, or began anew
        if torn(path, start):
            LOG.warning("The last entry of audit journal %s was cut off", path.name)
        tx.cursors.forget(_source(path))
        put_away(path, damaged=mark == DAMAGED)

    def _position(self, tx: Transaction, path: Path) -> tuple[int, str]:
        """Return where to read on, and DAMAGED if something before that could not be read."""
        position = tx.cursors.get(_source(path), "journal")
        start, _, mark = (position.value if position else "0").partition(" ")
        return int(start), mark


def event_id(path: Path, start: int) -> str:
    """Return the id of the AuditEvent of the entry that begins at byte `start`."""
    return str(uuid.uuid5(NAMESPACE, f"{path.name}/{start}"))


def _source(path: Path) -> str:
    return f"audit/{path.name}"


def _place(path: Path, line: Line, error: Damaged) -> str:
    LOG.error("Audit journal %s is damaged at byte %d: %s", path.name, line.start, error)
    return f"{path.name}, bytes {line.start} to {line.end}: {error}"

"""The clock of the toy world: local wall time without a zone, as 1C writes it."""

import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    """Runs with the real time of `zone`, or stands at `at`; either can be moved forward."""

    def __init__(self, zone: ZoneInfo, at: datetime | None = None) -> None:
        self._zone = zone
        self._at = at
        self._moved = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the wall time now, to the second."""
        real = datetime.fromtimestamp(time.time(), self._zone).replace(tzinfo=None)
        with self._lock:
            return ((self._at or real) + self._moved).replace(microsecond=0)

    def advance(self, minutes: float) -> datetime:
        """Move the clock forward and return the time it shows then."""
        with self._lock:
            self._moved += timedelta(minutes=minutes)
        return self.now()

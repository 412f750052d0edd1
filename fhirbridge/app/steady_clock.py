"""The time by which tokens end: the system's clock, watched by one that nobody can set.

A clock that is set back would let tokens live longer than they were given out for.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fhirbridge.fhir.instant import SECOND, system_clock

log = logging.getLogger(__name__)

Clock = Callable[[], int]
# Both clocks are read one after the other, and a clock that is nudged keeps within this.
TOLERANCE = SECOND
MOVED = "The system's clock was set %+d seconds off; of both times the later one counts"
BACK = "The system's clock runs with the machine's again"


def since_boot() -> int:
    """Return the microseconds that this machine runs, asleep or not."""
    return time.clock_gettime_ns(_ELAPSED) // 1000


# CLOCK_MONOTONIC stands still while a machine sleeps.
_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(slots=True)
class SteadyClock:
    """Returns the time now; `wall` may be set by somebody, `elapsed` only goes on.

    While both agree about how much time went by since the process began, `wall` is right. When
    they do not, it was set: one alarm in the log, and the later time counts until they agree again
    or the process is started anew, so that nothing that has ended lives again.
    """

    wall: Clock = system_clock
    elapsed: Clock = since_boot
    _began: int = field(init=False)
    _moved: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._began = self.wall() - self.elapsed()

    def __call__(self) -> int:
        """Return microseconds since 1970 UTC."""
        wall, expected = self.wall(), self._began + self.elapsed()
        moved = abs(wall - expected) > TOLERANCE
        if moved is not self._moved:
            self._moved = moved
            self._tell(wall - expected)
        return max(wall, expected) if moved else wall

    def _tell(self, by: int) -> None:
        if self._moved:
            log.critical(MOVED, by / SECOND)
        else:
            log.warning(BACK)

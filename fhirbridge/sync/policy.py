"""What a worker does about a failure of a source: wait and ask again, leave it out, or stop.

The families are those of `fhirbridge.sources.errors`; the pauses are the profile's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fhirbridge.sources.errors import Abort, Denied, LicenceRefused, Locked, Retry, Unavailable
from fhirbridge.sources.words import Attempts
from fhirbridge.sync.limit import Crowded

Answer = TypeVar("Answer")
ALARM_PAUSE_SECONDS = 900.0
# Failures of the source as a whole: nobody else needs to run into them meanwhile.
WHOLE_SOURCE = (Denied, Locked, LicenceRefused, Unavailable)


@dataclass(frozen=True, slots=True)
class Patience:
    """How repeated calls wait; both functions are passed in so that tests need not."""

    sleep: Callable[[float], None]
    random: Callable[[], float]

    def repeat(self, call: Callable[[], Answer], attempts: Attempts) -> Answer:
        """Return what `call` returns, asking again as long as its failure is a Retry.

        Raises the last failure when the attempts are used up, any other failure at once.
        """
        for attempt in range(1, attempts.most):
            try:
                return call()
            except (Retry, Crowded) as error:
                self.sleep(self.pause(attempt, attempts, getattr(error, "pause", None)))
        return call()

    def pause(self, attempt: int, attempts: Attempts, asked: float | None = None) -> float:
        """Return the seconds to wait after the failure number `attempt`: doubling, jittered.

        What the source asked for is the least, the profile's longest pause the most.
        """
        doubled = attempts.first_pause_seconds * 2.0 ** min(attempt - 1, 30)
        jittered = doubled * (0.5 + self.random() / 2)
        return min(max(jittered, asked or 0.0), attempts.longest_pause_seconds)


def source_pause(error: Exception, attempts: Attempts) -> float | None:
    """Return for how many seconds the whole source is left alone after `error`, or None.

    A refused login or a closed infobase is never answered with a storm: straight to the cap.
    """
    if isinstance(error, (Denied, Locked)):
        return ALARM_PAUSE_SECONDS
    return attempts.longest_pause_seconds if isinstance(error, WHOLE_SOURCE) else None


def needs_a_person(error: Exception) -> bool:
    """Return whether waiting will not help."""
    return isinstance(error, Abort)

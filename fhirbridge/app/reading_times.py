"""How fresh a type is: when the sources that fill it were last read."""

from collections.abc import Callable
from functools import lru_cache

from fhirbridge.fhir.instant import SECOND
from fhirbridge.store.cursors import Cursors
from fhirbridge.store.store import Store

Clock = Callable[[], int]

# Which stream of a source says how fresh a type is.
STREAMS = {"Slot": "schedule"}


def reading_times(store: Store, clock: Clock) -> Callable[[str], int | None]:
    """Return the function from a type to when its sources were last read, the oldest of them.

    The database is asked at most once a second.
    """

    @lru_cache(maxsize=len(STREAMS))
    def asked(type_: str, second: int) -> int | None:
        del second
        positions = store.database.read(lambda held: Cursors(held).all())
        found = [one.read for one in positions if one.stream == STREAMS.get(type_)]
        return min(found, default=None)

    return lambda type_: asked(type_, clock() // SECOND)

"""How fresh a directory answer is: when its sources were last read.

`meta.lastUpdated` says when content changed, which is another question.
"""

from fhirbridge.fhir.instant import to_instant
from fhirbridge.rest.server import Server

HEADER = "X-Sources-Read-At"
TYPES = frozenset({"Slot"})


def freshness(type_: str, server: Server) -> tuple[tuple[str, str], ...]:
    """Return the header for a search on `type_`; none where it is not told or not known."""
    moment = server.read_at(type_) if type_ in TYPES else None
    return () if moment is None else ((HEADER, to_instant(moment)),)

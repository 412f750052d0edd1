"""Sources that list free times only: a time that is not listed any more is taken.

A whole day that vanished may be a day off, a full day or a fault: it is shown as unavailable.
"""

from typing import Any

from fhirbridge.fhir.instant import from_instant
from fhirbridge.mapping.outcome import Outcome
from fhirbridge.sync.bridge import Bridge

SLOT = "Slot"


def vanished(bridge: Bridge, before: Outcome, now: Outcome, since: int) -> list[dict[str, Any]]:
    """Return the stored slots that were listed before and are not now, as they are to be shown.

    Only free ones that start at `since` (µs) or later change; `before` and `now` are what two
    versions of one page say.
    """
    listed = _slots(now)
    status = "busy" if listed else "busy-unavailable"
    stored = (bridge.stored(SLOT, id_) for id_ in _slots(before) if id_ not in listed)
    return [
        slot | {"status": status}
        for slot in stored
        if slot and slot["status"] == "free" and from_instant(slot["start"]) >= since
    ]


def _slots(outcome: Outcome) -> list[str]:
    found = (mapped.resource for mapped in outcome.resources)
    return [one["id"] for one in found if one["resourceType"] == SLOT]

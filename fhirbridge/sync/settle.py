"""What a new reading of a result does to the status that was already published. Pure.

A status does not go back from final to preliminary; a changed value after final is a correction.
https://hl7.org/fhir/R4/valueset-observation-status.html
"""

from dataclasses import dataclass
from typing import Any

SETTLED = frozenset({"final", "amended", "corrected", "appended"})
UNSETTLED = frozenset({"registered", "preliminary", "partial"})
# The elements that are the result itself; the rest may change without being a correction.
SUBSTANCE = {
    "Observation": ("value", "component"),
    "DiagnosticReport": ("presentedForm", "conclusion"),
}
# Attachment.creation and url repeat what hash and size say.
ACCIDENTAL = frozenset({"creation", "url", "title", "id"})


@dataclass(frozen=True, slots=True)
class Settled:
    """The resource to store, and what an operator should know about it (a reason code)."""

    resource: dict[str, Any]
    note: str | None = None


def settle(new: dict[str, Any], stored: dict[str, Any] | None, *, changed: bool) -> Settled:
    """Return what is to be stored of `new`, given what is stored.

    `changed`: the source's record is another one than before. When it is not (the mapping
    changed, or the same was read again), a difference is no correction of the source.
    """
    if stored is None or new["resourceType"] not in SUBSTANCE:
        return Settled(new)
    before, now = stored.get("status"), new.get("status")
    if before not in SETTLED:
        return Settled(new)
    same = not changed or _substance(new) in ({}, _substance(stored))
    if now in UNSETTLED:
        return _back(new, stored, same)
    if now == "final" and same and bool(_substance(new)) == bool(_substance(stored)):
        return Settled(new | {"status": before})
    if now == "final":
        return Settled(new | {"status": "corrected" if _substance(stored) else "amended"})
    return Settled(new)


def _back(new: dict[str, Any], stored: dict[str, Any], same: bool) -> Settled:  # noqa: FBT001
    """Keep what was final until the values differ."""
    if new["resourceType"] == "Observation" and _substance(stored) and not _substance(new):
        return Settled(stored, "status-went-back")
    if same:
        return Settled(new | {"status": stored["status"]}, "status-went-back")
    return Settled(new, "final-reopened")


def _substance(resource: dict[str, Any]) -> dict[str, Any]:
    stems = SUBSTANCE[resource["resourceType"]]
    return {
        name: _essence(value) for name, value in resource.items() if name.startswith(tuple(stems))
    }


def _essence(value: Any) -> Any:
    """Return `value` without accidental parts; decimals as written, since digits are data."""
    if isinstance(value, list):
        return [_essence(item) for item in value]
    if isinstance(value, dict):
        return {name: _essence(part) for name, part in value.items() if name not in ACCIDENTAL}
    return str(value)

"""Links between records of one person: followed only where staff confirmed that they are one.

https://hl7.org/fhir/R4/patient-definitions.html#Patient.link. What confirms a link is an extension
that this server alone writes: `fhirbridge patient merge`. `docs/access.md` has the rule.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from fhirbridge.fhir.instant import to_instant

CONFIRMED = "urn:fhirbridge:merge-confirmed"
REPLACES, REPLACED_BY = "replaces", "replaced-by"
TYPES = frozenset({REPLACES, REPLACED_BY})

Resource = dict[str, Any]


class Confirmed(NamedTuple):
    """A link that staff confirmed at `moment` (µs since 1970 UTC), to the patient `other`."""

    type_: str
    other: str
    moment: int


def is_confirmed(link: dict[str, Any]) -> bool:
    """Return whether staff confirmed that the records linked here are of one person."""
    marks = (one.get("url") for one in link.get("extension", ()))
    return link.get("type") in TYPES and CONFIRMED in marks


def without_confirmed(patient: Resource) -> Resource:
    """Return `patient` without the links that staff confirmed: those that still hold are added."""
    links = [link for link in patient.get("link", ()) if not is_confirmed(link)]
    rest = {name: value for name, value in patient.items() if name != "link"}
    return {**rest, "link": links} if links else rest


def linked(patient: Resource, confirmed: Iterable[Confirmed]) -> Resource:
    """Return `patient` with the links that are `confirmed`; of all others nobody says so.

    A link of the same type to the same record gives way. The same object when nothing changes.
    """
    ours = [_link(one) for one in confirmed]
    same = [(one["type"], one["other"]["reference"]) for one in ours]
    theirs = [_unmarked(link) for link in patient.get("link", ()) if _named(link) not in same]
    links = theirs + ours
    if links == patient.get("link", []):
        return patient
    rest = {name: value for name, value in patient.items() if name != "link"}
    return {**rest, "link": links} if links else rest


def _named(link: dict[str, Any]) -> tuple[str | None, str | None]:
    return link.get("type"), link.get("other", {}).get("reference")


def _link(one: Confirmed) -> dict[str, Any]:
    return {
        "extension": [{"url": CONFIRMED, "valueInstant": to_instant(one.moment)}],
        "other": {"reference": f"Patient/{one.other}"},
        "type": one.type_,
    }


def _unmarked(link: dict[str, Any]) -> dict[str, Any]:
    marks = link.get("extension", [])
    kept = [one for one in marks if one.get("url") != CONFIRMED]
    if len(kept) == len(marks):
        return link
    rest = {name: value for name, value in link.items() if name != "extension"}
    return {"extension": kept, **rest} if kept else rest

"""The rules of types that every patient may look up: the directory and the terminology."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.fhir.path import elements
from fhirbridge.resources.access import NOBODY, REFUSED_EVERYWHERE, Access
from fhirbridge.resources.redaction import Keep, view, without_references

PRIVATE = frozenset({"Patient", "RelatedPerson", "Appointment", "AppointmentResponse", "Encounter"})
HIDDEN_META = ("versionId", "lastUpdated", "source", "tag", "security")


@dataclass(frozen=True, eq=False)
class Directory(Access):
    """Public in part: `drop`, `keep` as in a compartment, `merge` replaces values of an element.

    Never shown: people, bookings, narrative, contained resources, versions and labels. One with
    elements at one of the `private` paths is nobody's to see but the staff's.
    """

    drop: tuple[str, ...] = ()
    keep: Mapping[str, Keep] = field(default_factory=dict)
    merge: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    shown_parameters: frozenset[str] = NOBODY

    directory = True
    versioned = False
    refused_parameters = REFUSED_EVERYWHERE | {"_lastUpdated", "_tag", "_security"}

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        del resource
        return NOBODY

    def public(self, resource: dict[str, Any]) -> bool:
        private = (one for path in self.private for one in elements(resource, path))
        return super().public(resource) and not any(private)

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        del patient
        never = ("text", "contained", *(f"meta.{name}" for name in HIDDEN_META))
        shown = view(resource, self.keep, never + self.drop)
        for name, values in self.merge.items():
            if shown.get(name) in values:
                shown = {**shown, name: values[shown[name]]}
        public: dict[str, Any] = without_references(shown, PRIVATE, None)
        return public


@dataclass(frozen=True, eq=False)
class Terminology(Access):
    """Knowledge, not data: every principal sees all of it."""

    directory = True

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        del resource
        return NOBODY

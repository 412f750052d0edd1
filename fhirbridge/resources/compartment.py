"""The rules of types that are about one patient.

https://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fhirbridge.fhir.path import elements
from fhirbridge.resources.access import NOBODY, Access, patients, restricted
from fhirbridge.resources.merged import REPLACED_BY, is_confirmed
from fhirbridge.resources.redaction import (
    Keep,
    points_to,
    pruned,
    view,
    without_narrative,
    without_references,
)

PEOPLE = frozenset({"Patient", "RelatedPerson"})


@dataclass(frozen=True, eq=False)
class Compartment(Access):
    """About the patients at `paths`, once released.

    `released`: path → the values with which a patient sees the resource ("": the element may be
    absent). With a `status` in `blank` only the elements of `outline` are shown. `drop` are paths
    never shown, `keep` tells which elements at a path are. Other people never are: an entry whose
    reference at `people` leads to one goes whole, and then `drop_if_shared` goes too.
    """

    paths: tuple[str, ...]
    released: Mapping[str, frozenset[str]] = field(default_factory=dict)
    blank: frozenset[str] = NOBODY
    outline: frozenset[str] = NOBODY
    drop: tuple[str, ...] = ()
    keep: Mapping[str, Keep] = field(default_factory=dict)
    people: str | None = None
    drop_if_shared: tuple[str, ...] = ()
    own_links: tuple[str, ...] = ()
    shown_parameters: frozenset[str] = NOBODY

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        values = {path: next(elements(resource, path), "") for path in self.released}
        if restricted(resource) or any(values[path] not in self.released[path] for path in values):
            return NOBODY
        return patients(resource, *self.paths)

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        if resource.get("status") in self.blank:
            return {key: value for key, value in resource.items() if key in self.outline}
        shown = view(resource, self.keep, self.drop)
        if self.people is not None:
            shown = self._alone(shown, self.people, patient)
        shown = without_references(shown, PEOPLE, patient)
        return without_narrative(shown, resource)

    def _alone(self, resource: dict[str, Any], people: str, patient: str | None) -> Any:
        """Return `resource` without the entries about other people."""
        path, _, name = people.rpartition(".")
        alone = pruned(
            resource, path, lambda entry: not points_to(entry.get(name, {}), PEOPLE, patient)
        )
        return alone if alone is resource else view(alone, {}, self.drop_if_shared)


@dataclass(frozen=True, eq=False)
class OwnPatient(Access):
    """The patient's own record, and one that staff merged into it: a confirmed `replaced-by`."""

    drop: tuple[str, ...] = ()
    keep: Mapping[str, Keep] = field(default_factory=dict)
    shown_parameters: frozenset[str] = NOBODY

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        links = [
            link
            for link in resource.get("link", ())
            if link.get("type") == REPLACED_BY and is_confirmed(link)
        ]
        return frozenset({resource["id"]}) | patients({"link": links}, "link.other")

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        del patient
        return without_narrative(view(resource, self.keep, self.drop), resource)


@dataclass(frozen=True, eq=False)
class AllTargets(Access):
    """A patient's own only when every reference at `path` is to that one patient."""

    path: str
    drop: tuple[str, ...] = ()

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        named = [patients({self.path: one}, self.path) for one in elements(resource, self.path)]
        owners = frozenset[str]().union(*named)
        alone = len(owners) == 1 and all(named) and not restricted(resource)
        return owners if alone else NOBODY

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        shown = without_references(view(resource, {}, self.drop), PEOPLE, patient)
        return without_narrative(shown, resource)

"""Whose a resource is and what of it a patient is shown: one class per rule.

The rule of each type is `docs/access.md`; the reason is the patient compartment
https://hl7.org/fhir/R4/compartmentdefinition-patient.html narrowed to "about me".
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir.path import elements
from fhirbridge.fhir.reference import target

NOBODY: frozenset[str] = frozenset()
RESTRICTED = frozenset({"R", "V"})
REFUSED_EVERYWHERE = frozenset({"_source", "_list", "_text", "_content", "_query"})


class Access(ABC):
    """The rule of one type. `open_to_patients` False means a patient token gets 403.

    `directory`: every patient sees the same of it. `versioned` False: patients see no versions.
    `all_patients_related`: a practitioner sees it only when all whom it names are their patients.
    `shown_parameters` find by what a patient is shown; `refused_parameters` are not for patients.
    `own_links` are paths where a patient is shown no reference but to what they may see: whole
    entries go, or, of `path.name`, those whose reference is called so.
    """

    open_to_patients: bool = True
    directory: bool = False
    versioned: bool = True
    context_path: str | None = None
    all_patients_related: bool = False
    shown_parameters: frozenset[str] = frozenset()
    own_links: tuple[str, ...] = ()
    refused_parameters: frozenset[str] = REFUSED_EVERYWHERE

    @abstractmethod
    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        """Return the ids of the patients to whom `resource` is shown now."""

    def public(self, resource: dict[str, Any]) -> bool:
        """Return whether every patient is shown `resource`: only ever so in a directory."""
        return self.directory and not restricted(resource)

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        """Return `resource` as `patient` sees it (None: any patient, for directory types).

        The same object when nothing is hidden.
        """
        del patient
        return resource


def restricted(resource: dict[str, Any]) -> bool:
    """Return whether a label keeps `resource` from patients.

    https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html
    """
    return any(label in RESTRICTED for label in elements(resource, "meta.security.code"))


def patients(resource: dict[str, Any], *paths: str) -> frozenset[str]:
    """Return the ids of this server's patients that `resource` refers to at `paths`."""
    texts = (text for path in paths for text in elements(resource, f"{path}.reference"))
    found = (target(text, "") for text in texts)
    return frozenset(one.id_ for one in found if one.type_ == "Patient" and one.id_ is not None)


@dataclass(frozen=True, eq=False)
class ByContext(Access):
    """Visible exactly where the resource that `context_path` refers to is; without it to nobody.

    Where it refers to a patient, it is that patient's.
    """

    context_path: str

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        return NOBODY if restricted(resource) else patients(resource, self.context_path)


@dataclass(frozen=True, eq=False)
class SystemOnly(Access):
    """Nothing for patients: their tokens are refused the type."""

    open_to_patients = False
    all_patients_related = True

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        del resource
        return NOBODY

"""Whose a resource is and what of it a patient is shown: one class per rule.

The rule of each type is `docs/access.md`; the reason is the patient compartment
https://hl7.org/fhir/R4/compartmentdefinition-patient.html narrowed to "about me".
"""

from abc import ABC, abstractmethod
from typing import Any


class Access(ABC):
    """The rule of one type. `open_to_patients` False means a patient token gets 403."""

    open_to_patients: bool = True
    directory: bool = False
    context_path: str | None = None
    shown_parameters: frozenset[str] = frozenset()

    @abstractmethod
    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        """Return the ids of the patients to whom `resource` is shown now."""

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        """Return `resource` as `patient` sees it (None: any patient, for directory types)."""
        del patient
        return resource

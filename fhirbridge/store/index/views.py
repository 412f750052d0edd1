"""What the patients are shown of one resource, each view worked out once."""

from functools import cached_property
from typing import Any

from fhirbridge.resources.access import Access


class Views:
    """The views of one resource."""

    def __init__(self, access: Access, resource: dict[str, Any]) -> None:
        self.access = access
        self.resource = resource
        self._known: dict[str | None, dict[str, Any]] = {}

    @cached_property
    def public(self) -> bool:
        """Whether every patient is shown the resource."""
        return self.access.public(self.resource)

    @cached_property
    def owners(self) -> list[str]:
        """The ids of the patients to whom the resource is shown."""
        return sorted(self.access.owners(self.resource))

    def of(self, patient: str | None) -> dict[str, Any]:
        """Return what `patient` sees (None: any patient): the resource itself if it is all."""
        known = self._known.get(patient)
        if known is None:
            known = self._known[patient] = self.access.shown(self.resource, patient)
        return known

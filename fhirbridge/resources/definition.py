"""What the declaration of a resource type says; routes, capabilities, index and rights follow.

A type is one file in this package that builds one `ResourceDefinition` named `DEFINITION`.
"""

from dataclasses import dataclass, field

from fhirbridge.resources.access import Access
from fhirbridge.search.parameter import SearchParameter


@dataclass(frozen=True, slots=True)
class Hot:
    """A combination of parameters that one index access answers in the order of `sort`.

    `Hot(("patient", "code"), "-date")`: equal patient and code, newest first.
    """

    parameters: tuple[str, ...]
    sort: str


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """A resource type as this server has it. `access` has no default on purpose."""

    type_: str
    access: Access
    interactions: tuple[str, ...]
    parameters: tuple[SearchParameter, ...]
    hot: tuple[Hot, ...] = ()
    refused_to_patients: frozenset[str] = field(default_factory=frozenset)

    def parameter(self, code: str) -> SearchParameter | None:
        """Return the parameter called `code`, or None."""
        return next((p for p in self.parameters if p.code == code), None)

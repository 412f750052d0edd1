"""What the declaration of a resource type says; routes, capabilities, index and rights follow.

A type is one file in this package that builds one `ResourceDefinition` named `DEFINITION`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fhirbridge.resources.access import Access
from fhirbridge.search.common import COMMON
from fhirbridge.search.parameter import SearchParameter

READ = ("read", "vread", "history-instance", "history-type")
READ_AND_SEARCH = (*READ, "search-type")
WRITE = ("create", "update", "patch", "delete")
READ_SEARCH_AND_WRITE = (*READ_AND_SEARCH, *WRITE)


@dataclass(frozen=True, slots=True)
class Hot:
    """A combination of parameters that one index access answers in the order of `sort`.

    `Hot(("patient", "code"), "-date")`: equal patient and code, newest first.
    """

    parameters: tuple[str, ...]
    sort: str


@dataclass(frozen=True, slots=True)
class Relates:
    """A resource makes whoever is at `practitioner` related to its patient at the time `moment`.

    Both are search parameters of the type. With a status in `over` it does so no longer.
    """

    practitioner: str
    moment: str
    over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """A resource type as this server has it. `access` has no default on purpose.

    `parameters` are the type's own; `searchable` has those of every type as well, by code.
    `refused_to_patients` always holds what its access refuses, whatever the file adds.
    `patients_may` are the interactions of `WRITE` that are open to patient tokens. With
    `sources_own` a resource that a source sent is changed there and not by clients. `relates`: of
    whom its practitioner may see the record.
    """

    type_: str
    access: Access
    interactions: tuple[str, ...]
    parameters: tuple[SearchParameter, ...]
    hot: tuple[Hot, ...] = ()
    refused_to_patients: frozenset[str] = field(default_factory=frozenset)
    patients_may: frozenset[str] = field(default_factory=frozenset)
    sources_own: bool = True
    relates: Relates | None = None
    searchable: Mapping[str, SearchParameter] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = {parameter.code: parameter for parameter in self.parameters}
        refused = self.refused_to_patients | self.access.refused_parameters
        object.__setattr__(self, "searchable", COMMON | own)
        object.__setattr__(self, "refused_to_patients", refused)

    def parameter(self, code: str) -> SearchParameter | None:
        """Return the parameter called `code`, one of the type's own or of every type, or None."""
        return self.searchable.get(code)

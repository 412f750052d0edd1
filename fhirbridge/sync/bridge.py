"""What a worker works with: one value that is wired once per process and passed around."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache, partial
from typing import Any

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM
from fhirbridge.fhir import json
from fhirbridge.fhir.identity import Identity
from fhirbridge.mapping.engine import Mappings
from fhirbridge.resources.registry import definitions
from fhirbridge.search.query import by_id
from fhirbridge.sources.http_json import Source
from fhirbridge.sources.profile import Profile
from fhirbridge.store.store import Store
from fhirbridge.sync.limit import Permits
from fhirbridge.sync.policy import Patience


@dataclass(frozen=True)
class Link:
    """One source: how to talk to it, how its records are mapped, and a mark of the mapping.

    `fingerprint` changes with every file of `mappings/<source>/`.
    """

    source: Source
    mappings: Mappings
    fingerprint: str

    @property
    def profile(self) -> Profile:
        """The source's declaration."""
        return self.source.profile

    @property
    def name(self) -> str:
        """What the source is called."""
        return self.profile.source


@dataclass(frozen=True)
class Bridge:
    """The store, the sources by name, and what is passed in: ids, clock, limits, patience.

    `clock` returns microseconds since 1970 UTC. `system_base` ends in a slash.
    """

    store: Store
    links: Mapping[str, Link]
    identity: Identity
    system_base: str
    clock: Callable[[], int]
    permits: Permits
    patience: Patience

    @cached_property
    def types(self) -> frozenset[str]:
        """The resource types that can be stored."""
        return frozenset(definitions())

    def stored(self, type_: str, id_: str) -> dict[str, Any] | None:
        """Return the stored resource, whole, or None when there is none (any more)."""
        query = permit(by_id(type_, id_), definitions()[type_], SYSTEM)
        found = self.store.read(query)
        if found is None or found.deleted:
            return None
        resource: dict[str, Any] = json.parse(found.body)
        return resource

    def close(self) -> None:
        """Give back the sources' sessions and close every connection."""
        for link in self.links.values():
            link.source.close()
        self.store.close()

    def derive(self, source: str) -> Callable[[str, str], str]:
        """Return the function from kind and key to the id of what `source` calls so."""
        return partial(self._derived, source)

    @cached_property
    def _derived(self) -> Callable[[str, str, str], str]:
        """The ids derived lately: results have their order, sample and patient in common."""
        return lru_cache(maxsize=4096)(self.identity.derive)

    def today(self, profile: Profile) -> date:
        """Return the calendar day where the source is."""
        moment = datetime.fromtimestamp(self.clock() // 1_000_000, UTC)
        return moment.astimezone(profile.time_zone).date()

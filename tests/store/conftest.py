"""A store on each database, with two invented types that use every kind of parameter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fhirbridge.resources.registry import definitions
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import PermittedQuery, Query, Visibility
from fhirbridge.store.store import Store

ZONE = ZoneInfo("Europe/Moscow")
BASE = "https://clinic.example/fhir"
CONTEXT = SearchContext(ZONE, BASE, now=1_790_000_000_000_000)


@pytest.fixture
def context() -> SearchContext:
    return CONTEXT


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url, definitions(), ZONE, BASE)
    opened.migrate()
    yield opened
    opened.close()


@dataclass(frozen=True)
class Reader:
    """Asks as somebody: tests of the store stand where `auth.access` does."""

    store: Store
    visibility: Visibility = field(default_factory=lambda: Visibility(everything=True))
    as_patient: bool = False

    def permitted(self, query: Query) -> PermittedQuery:
        return PermittedQuery(query, self.visibility, self.as_patient)


@pytest.fixture
def system(store: Store) -> Reader:
    return Reader(store)


@pytest.fixture
def patient(store: Store) -> Callable[[str], Reader]:
    return lambda id_: Reader(store, Visibility(patient=id_), as_patient=True)


def observation(id_: str, patient: str = "p1", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "subject": {"reference": f"Patient/{patient}"},
        **more,
    }

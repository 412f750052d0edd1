"""A store on each database."""

from collections.abc import Iterator

import pytest
from store_world import Reader, opened

from fhirbridge.store.store import Store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    found = opened(database_url)
    found.migrate()
    yield found
    found.close()


@pytest.fixture
def system(store: Store) -> Reader:
    return Reader(store)

"""Chains into contained resources, which are indexed under the resource that contains them.

They are never found on their own: https://hl7.org/fhir/R4/search.html#contained
"""

from collections.abc import Iterator

from fhirbridge.search.query import Chain
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import Sql


def contained_fulfils(sight: Sight, chain: Chain, alias: str) -> Iterator[Sql]:
    """Yield."""
    del sight, chain, alias
    yield from ()


def holds_contained(sight: Sight, chain: Chain) -> Sql | None:
    """Return."""
    del sight, chain
    return None

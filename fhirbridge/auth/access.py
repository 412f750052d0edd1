"""What a principal may see: the only place where a `PermittedQuery` is made.

Rules, in order: the scope covers type and interaction (403, from token and URL alone); the
parameters are open to this kind of principal (400); the visible rows. A patient scope without a
patient sees nothing. `docs/access.md` has the table.
"""

from collections.abc import Mapping
from math import inf

from fhirbridge.auth.journey import MOST_LINKS_OF_PATIENTS, Journey, leads_further
from fhirbridge.auth.narrowing import narrowed, refuse, refuse_lists, refused_parameters
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import LETTERS, Interaction, require, rights
from fhirbridge.auth.visibility import compartment, reader, sees_as_patient, visibility
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.resources.registry import definitions as served
from fhirbridge.search.query import NO_TYPES, PermittedQuery, Query, by_id
from fhirbridge.search.query import Interaction as QueryInteraction

__all__ = ["permit", "permit_by_id", "refused_parameters", "sees_as_patient"]


def permit(
    query: Query,
    definition: ResourceDefinition,
    principal: Principal,
    interaction: Interaction | None = None,
    *,
    definitions: Mapping[str, ResourceDefinition] | None = None,
) -> PermittedQuery:
    """Return `query` as far as `principal` may ask it, for `interaction` if not for its own.

    So a write finds what it changes: among what its writer may see. `definitions` are those of the
    types that chains may lead to; all of the product's by default. Raises Forbidden when the scope
    does not cover it or a type on the way, NotSupported for a parameter that patients may not use,
    Invalid or NotSupported for a chain that cannot be read.
    """
    _, seen, as_patient, reads = rights(principal, definition, interaction or query.interaction)
    others = served() if definitions is None else definitions
    if as_patient and query.hops:
        refuse_lists(query, definition)
    asked, further = query, NO_TYPES
    if leads_further(query):
        journey = Journey(
            others,
            lambda one: require(principal, one, "search-type"),
            lambda one: visibility(one, principal, LETTERS["search-type"]),
            MOST_LINKS_OF_PATIENTS if as_patient else inf,
        )
        asked, further = journey.read(query), journey.seen
    if as_patient:
        refuse(asked, definition, others)
        asked = narrowed(asked, principal.own_patient)
    return PermittedQuery(asked, seen, as_patient, further, reads)


def permit_by_id(
    type_: str,
    id_: str,
    definition: ResourceDefinition,
    principal: Principal,
    interaction: QueryInteraction = "read",
) -> PermittedQuery:
    """Return what `permit` returns for the look-up of one resource; raises Forbidden.

    An id alone leads nowhere and is open to everybody, so there is nothing else to look at.
    """
    _, seen, as_patient, reads = rights(principal, definition, interaction)
    return PermittedQuery(by_id(type_, id_, interaction), seen, as_patient, reader=reads)


def permit_reference(
    type_: str, id_: str, definition: ResourceDefinition, principal: Principal
) -> PermittedQuery:
    """Return the look-up of a resource that a new one refers to: whether `principal` may see it.

    Needs no scope on that type: nothing of it is shown.
    """
    seen, as_patient = compartment(definition, principal), sees_as_patient(principal)
    return PermittedQuery(by_id(type_, id_), seen, as_patient, reader=reader(principal))

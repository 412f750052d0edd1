"""What a principal may see: the only place where a `PermittedQuery` is made.

Rules, in order: the scope covers type and interaction (403, from token and URL alone); the
parameters are open to this kind of principal (400); the visible rows. A patient scope without a
patient sees nothing. `docs/access.md` has the table.
"""

from collections.abc import Mapping
from math import inf
from typing import Literal

from fhirbridge.auth.journey import MOST_LINKS_OF_PATIENTS, Journey, leads_further
from fhirbridge.auth.narrowing import narrowed, refuse, refuse_lists, refused_parameters
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.visibility import compartment, reader, sees_as_patient, visibility
from fhirbridge.fhir.errors import Forbidden
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.resources.registry import definitions as served
from fhirbridge.search.query import NO_TYPES, PermittedQuery, Query, by_id
from fhirbridge.search.query import Interaction as QueryInteraction

__all__ = ["permit", "permit_by_id", "refused_parameters", "require", "sees_as_patient"]

Write = Literal["create", "update", "patch", "delete"]
Interaction = Literal[
    "read",
    "vread",
    "history-instance",
    "search-type",
    "history-type",
    "history-system",
    "include",
    Write,
]

# https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources
LETTERS: dict[Interaction, str] = {
    "read": "r",
    "vread": "r",
    "history-instance": "r",
    "search-type": "s",
    "history-type": "s",
    "history-system": "s",
    # Rows beside the matches need either.
    "include": "rs",
    "create": "c",
    "update": "u",
    "patch": "u",
    "delete": "d",
}
# For those alone who see all of a type, because other people's versions would pass by.
_OF_ALL = frozenset({"history-type", "history-system"})
_VERSIONS = frozenset({"vread", "history-instance"})
_WRITES = frozenset({"create", "update", "patch", "delete"})


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
    interaction = interaction or query.interaction
    require(principal, definition, interaction)
    others = served() if definitions is None else definitions
    as_patient = sees_as_patient(principal)
    seen = visibility(definition, principal, LETTERS[interaction])
    if as_patient:
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
    return PermittedQuery(asked, seen, as_patient, further, reader(principal))


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
    require(principal, definition, interaction)
    seen = visibility(definition, principal, LETTERS[interaction])
    as_patient = sees_as_patient(principal)
    return PermittedQuery(
        by_id(type_, id_, interaction), seen, as_patient, reader=reader(principal)
    )


def permit_reference(
    type_: str, id_: str, definition: ResourceDefinition, principal: Principal
) -> PermittedQuery:
    """Return the look-up of a resource that a new one refers to: whether `principal` may see it.

    Needs no scope on that type: nothing of it is shown.
    """
    seen, as_patient = compartment(definition, principal), sees_as_patient(principal)
    return PermittedQuery(by_id(type_, id_), seen, as_patient, reader=reader(principal))


def require(principal: Principal, definition: ResourceDefinition, interaction: Interaction) -> None:
    """Raise Forbidden unless the token covers `interaction` on the type: no data is looked at."""
    letters = LETTERS[interaction]
    covered = principal.scopes.cover(principal.kind, definition.type_, letters)
    closed = _closed if sees_as_patient(principal) else _closed_to_staff
    if not covered or closed(definition, interaction, principal):
        raise _insufficient(f"{principal.kind}/{definition.type_}.{letters[0]}")


def require_conditional(
    principal: Principal, definition: ResourceDefinition, interaction: Interaction
) -> None:
    """Raise Forbidden unless `interaction` may choose its resource by a search.

    It needs the right to search too, for its answer tells what that would find. To patients only
    creating is open, and the look-up is among their own.
    """
    require(principal, definition, interaction)
    require(principal, definition, "search-type")
    if sees_as_patient(principal) and interaction != "create":
        raise _insufficient(f"system/{definition.type_}.{LETTERS[interaction]}s")


def may_choose_id(principal: Principal) -> bool:
    """Return whether an update may create: told to others, it would say which ids are taken."""
    return principal.kind == "system"


def _closed(definition: ResourceDefinition, interaction: Interaction, principal: Principal) -> bool:
    """Return whether the type keeps `interaction` from every patient."""
    del principal
    access = definition.access
    if not access.open_to_patients or interaction in _OF_ALL:
        return True
    if interaction in _WRITES:
        return interaction not in definition.patients_may
    return interaction in _VERSIONS and not access.versioned


def _closed_to_staff(
    definition: ResourceDefinition, interaction: Interaction, principal: Principal
) -> bool:
    """Return whether `interaction` shows the versions of all, and `principal` sees not all.

    Who looks at a stranger's record in an emergency only looks.
    """
    if principal.emergency is not None and interaction in _OF_ALL | _WRITES:
        return True
    return (
        interaction in _OF_ALL and not visibility(definition, principal, LETTERS[interaction]).whole
    )


def _insufficient(scope: str) -> Forbidden:
    """Return the 403 of https://www.rfc-editor.org/rfc/rfc6750#section-3.1."""
    error = Forbidden("The token does not cover this")
    error.headers["WWW-Authenticate"] = (
        f'Bearer realm="fhirbridge", error="insufficient_scope", scope="{scope}"'
    )
    return error

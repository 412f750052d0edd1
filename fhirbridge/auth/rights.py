"""Whether a token covers an interaction with a type, and what follows from that alone.

Nothing here looks at a query or at data. `docs/access.md` has the table.
"""

from typing import Literal, NamedTuple

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.visibility import reader, sees_as_patient, visibility
from fhirbridge.fhir.errors import Forbidden
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.query import Visibility

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


class Rights(NamedTuple):
    """What a principal has of a type: which rows, in whose view, and all it may see of any type."""

    of: ResourceDefinition
    seen: Visibility
    as_patient: bool
    reader: Visibility


def rights(
    principal: Principal, definition: ResourceDefinition, interaction: Interaction
) -> Rights:
    """Return what `principal` may see for `interaction`; raises Forbidden as `require`.

    It follows from token and declaration alone, so it is found once.
    """
    key = (definition.type_, interaction)
    found: Rights | None = principal.known.get(key)
    if found is None or found.of is not definition:
        require(principal, definition, interaction)
        seen = visibility(definition, principal, LETTERS[interaction])
        found = Rights(definition, seen, sees_as_patient(principal), reader(principal))
        principal.known.keep(key, found)
    return found


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

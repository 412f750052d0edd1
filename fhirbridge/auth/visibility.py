"""Which rows of a type a principal may see: the compartment, and of that what scopes are about.

`docs/access.md` has the rules; `auth.access` puts this into every query that is let through.
"""

from dataclasses import replace
from functools import lru_cache

from fhirbridge.auth.granular import NARROWABLE, Pair
from fhirbridge.auth.principal import Principal
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.resources.registry import definitions as served
from fhirbridge.search.common import ID
from fhirbridge.search.query import Alternatives, Clause, Visibility
from fhirbridge.search.reference import NO_ID
from fhirbridge.search.token import Token
from fhirbridge.search.values import TokenValue

EVERYTHING, PUBLIC = Visibility(everything=True), Visibility(public=True)
# What no resource fulfils.
NOTHING = Clause(ID, (TokenValue(None, NO_ID, any_system=True),))


def sees_as_patient(principal: Principal) -> bool:
    """Return whether `principal` gets the patient's view: all but systems and practitioners."""
    kind = principal.kind
    return kind == "patient" or (kind != "system" and principal.practitioner is None)


def visibility(definition: ResourceDefinition, principal: Principal, letters: str) -> Visibility:
    """Return which rows of the type `principal` may see by a right of `letters`.

    What is theirs to see at all, and of that what the scopes are about.
    """
    seen = compartment(definition, principal)
    if not principal.scopes.granular:
        return seen
    within = _within(definition, principal, letters)
    through = _through(principal) if definition.access.context_path is not None else ()
    return replace(seen, within=within, through=through) if within or through else seen


def reader(principal: Principal) -> Visibility:
    """Return all that `principal` may see of any type that is about patients."""
    if principal.kind == "system" or principal.emergency is not None:
        return EVERYTHING
    if principal.practitioner is not None:
        return Visibility(practitioner=principal.practitioner, window=principal.window)
    return _own(principal.own_patient or "")


@lru_cache(maxsize=4096)
def _own(patient: str) -> Visibility:
    return Visibility(patient=patient)


def _within(definition: ResourceDefinition, principal: Principal, letters: str) -> Alternatives:
    """Return the clauses of the granular scopes, if there is none for the whole type."""
    found = principal.scopes.within(principal.kind, definition.type_, letters)
    return tuple(tuple(_clause(definition, pair) for pair in one) for one in found)


def _clause(definition: ResourceDefinition, pair: Pair) -> Clause:
    """Return what a pair of a scope asks of a resource.

    A type that lost the parameter shows nothing under such a scope.
    """
    parameter = definition.parameter(pair.name)
    if not isinstance(parameter, Token):
        return NOTHING
    return Clause(parameter, (TokenValue(pair.system, parameter.folded(pair.code)),))


def _through(principal: Principal) -> tuple[tuple[str, Alternatives], ...]:
    """Return how scopes narrow the types that may be the context of something else."""
    types = (one for one in served().values() if one.type_ in NARROWABLE)
    found = ((one.type_, _within(one, principal, "rs")) for one in types)
    return tuple((type_, within) for type_, within in found if within)


def compartment(definition: ResourceDefinition, principal: Principal) -> Visibility:
    """Return which rows of the type are the principal's to see, whatever the scopes are about.

    A patient sees the public rows of a directory type, else their own. Without a patient nothing
    is visible, of a directory neither: such a token is a mistake.
    """
    directory = definition.access.directory
    if not sees_as_patient(principal):
        about_patients = not directory and definition.access.open_to_patients
        if directory or (about_patients and principal.emergency is not None):
            return EVERYTHING
        return reader(replace(principal, emergency=None))
    own = principal.own_patient
    if own is None:
        return Visibility()
    return PUBLIC if directory else _own(own)

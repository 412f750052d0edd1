"""The search-system interaction: several types at once, chosen by `_type`.

https://hl7.org/fhir/R4/http.html#search
"""

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import require
from fhirbridge.fhir.errors import Forbidden
from fhirbridge.rest.asked import Scope, given_to
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.found import answer
from fhirbridge.rest.query_string import Pairs
from fhirbridge.rest.server import Server
from fhirbridge.search.result import unsupported, wrong
from fhirbridge.search.types import RESOURCE_TYPES

TYPE = "_type"


def search_system(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return one page of matches of all types, or of those that `_type` names.

    Raises Forbidden when the token does not cover one that is named, or none at all, and what
    parameters and the representation raise.
    """
    given = given_to(request)
    named = named_types(given)
    types = searched(named, tuple(server.definitions), principal, server)
    more = ((TYPE, ",".join(named)),) if named else ()
    rest = tuple(pair for pair in given if pair[0] != TYPE)
    return answer(Scope("", types, more=more), rest, request, principal, server)


def named_types(given: Pairs) -> tuple[str, ...]:
    """Return the types in `_type`, each once; raises Invalid or NotSupported for what is none."""
    if any(name.startswith(f"{TYPE}:") for name, _ in given):
        raise unsupported(TYPE, "it has no modifier")
    values = [value for name, value in given if name == TYPE and value]
    if len(values) > 1:
        raise wrong(TYPE, "may be given once only")
    named = tuple(dict.fromkeys(one for one in ",".join(values).split(",") if one))
    if not RESOURCE_TYPES.issuperset(named):
        raise wrong(TYPE, "not a resource type")
    return named


def searched(
    named: tuple[str, ...], served: tuple[str, ...], principal: Principal, server: Server
) -> tuple[str, ...]:
    """Return which of the `served` types are searched: the named ones, else all that are covered.

    Raises Forbidden when a named one, or every one, is not covered; NotSupported for a named one
    that cannot be searched here.
    """
    able = [one for one in served if "search-type" in server.definitions[one].interactions]
    for type_ in named:
        if type_ in server.definitions:
            require(principal, server.definitions[type_], "search-type")
    if not set(able).issuperset(named):
        raise unsupported(TYPE, "a type that is not searched here")
    if named:
        return named
    covered = tuple(type_ for type_ in able if _covered(type_, principal, server))
    if not covered:
        require(principal, server.definitions[able[0]], "search-type")
    return covered


def _covered(type_: str, principal: Principal, server: Server) -> bool:
    try:
        require(principal, server.definitions[type_], "search-type")
    except Forbidden:
        return False
    return True

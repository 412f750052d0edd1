"""Which resource a conditional write means: an ordinary search, read without any leniency.

An unknown or empty parameter that was ignored would choose everything.
https://hl7.org/fhir/R4/http.html#ccreate
"""

from dataclasses import replace
from typing import Any

from fhirbridge.fhir.errors import Invalid, NotSupported, PreconditionFailed
from fhirbridge.rest.query_string import Pairs, pairs
from fhirbridge.rest.representation import STYLE
from fhirbridge.rest.server import Server
from fhirbridge.search.chaining import LIST
from fhirbridge.search.evaluate import matches
from fhirbridge.search.expansion import names_codes
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.query import Query
from fhirbridge.search.result import shown
from fhirbridge.search.understand import understand

# Beside the parameters of the type.
CHOOSING = frozenset({"_has", LIST})


class SeveralMatch(PreconditionFailed):
    """More than one resource fulfils the criteria."""

    code = "multiple-matches"


def several() -> SeveralMatch:
    """Return the error of criteria that are not selective enough."""
    return SeveralMatch("The criteria match more than one resource")


def query_in(text: str, type_: str, server: Server, base_url: str) -> Query:
    """Return the query of the criteria in `text`: a query string, perhaps after `Type?`.

    Raises Invalid without any criterion, NotSupported for a parameter that does not choose, and
    what a search raises.
    """
    bare = text.strip().removeprefix(f"{base_url}/").removeprefix(type_).removeprefix("?")
    return query_of(pairs(bare), type_, server, base_url)


def query_of(given: Pairs, type_: str, server: Server, base_url: str) -> Query:
    """Return the query of decoded criteria; see `query_in`."""
    chosen = [pair for pair in given if pair[0] not in STYLE]
    named = {name.partition(":")[0].partition(".")[0] for name, _ in chosen}
    others = sorted(named - server.parameters[type_].keys() - CHOOSING)
    if others:
        places = tuple(f"http.{name[:64]}" for name in others)
        text = f"Not criteria of {type_}: {', '.join(map(shown, others))}"
        raise NotSupported(text, expression=places)
    understood = understand(
        type_, server.parameters[type_], chosen, server.context(base_url), lenient=False
    )
    empty = next((name for name, value in chosen if (name, value) not in understood.applied), None)
    if empty is not None:
        raise Invalid("A criterion has no value", expression=(f"http.{empty[:64]}",))
    query = understood.query
    if not query.clauses and not query.hops:
        raise Invalid("Criteria are needed to choose a resource")
    return replace(query, sort=(), total=False)


def fulfils(resource: dict[str, Any], query: Query, context: SearchContext) -> bool:
    """Return whether a resource that is not stored yet fulfils criteria.

    Raises NotSupported where only the store could tell: of chains and of codes that are not listed.
    """
    plain = tuple(one for one in query.clauses if not names_codes(one))
    if not matches(replace(query, clauses=plain), resource, context):
        return False
    if query.hops or len(plain) < len(query.clauses):
        raise NotSupported("Chains and value sets are not judged on what the same Bundle writes")
    return True

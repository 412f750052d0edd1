"""What a search asks, whatever its form: where, which queries, and how the answer is shaped.

https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from fhirbridge.auth.access import permit
from fhirbridge.auth.inclusion import PermittedIncludes, permit_includes
from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import UnsupportedMediaType
from fhirbridge.rest import negotiation, paging
from fhirbridge.rest.exchange import FhirRequest
from fhirbridge.rest.preferences import lenient
from fhirbridge.rest.query_string import Pairs, joined, pairs, split
from fhirbridge.rest.server import Server
from fhirbridge.rest.sharing import refuse_unshared, shared
from fhirbridge.rest.subset import Subset, subset, unknown_elements
from fhirbridge.search.include import NAMES as INCLUDES
from fhirbridge.search.include import understand_includes
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.query import Clause, Cursor, PermittedQuery, Query
from fhirbridge.search.understand import Understood, understand
from fhirbridge.store.stored import Stored

FORM = "application/x-www-form-urlencoded"
# Not criteria of any type, and read here.
SHAPING = INCLUDES | {"_elements", "_summary"}
Criteria = Callable[[str, Mapping[str, SearchParameter]], tuple[Clause, ...]]


def nothing(matches: Sequence[Stored]) -> list[Stored]:
    """Return what a page holds beside its matches, as a rule."""
    del matches
    return []


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is searched: below which path, on which types, among what.

    `more` are parameters that were read already, for the links. `look` raises when there is no such
    place: it is called when all else is known to be right. `beside` returns what a page holds
    beside its matches and what was included.
    """

    path: str
    types: tuple[str, ...]
    criteria: Criteria = lambda _type, _parameters: ()
    more: Pairs = ()
    look: Callable[[], None] = lambda: None
    beside: Callable[[Sequence[Stored]], list[Stored]] = nothing


class Asked(NamedTuple):
    """A search as it was understood, asked by `principal` below `path`."""

    principal: Principal
    permitted: tuple[PermittedQuery, ...]
    includes: PermittedIncludes
    subset: Subset
    base_url: str
    path: str
    applied: Pairs
    query: str
    token: Pairs
    ignored: tuple[str, ...]
    indent: bool

    @property
    def address(self) -> str:
        """What links begin with; then comes `query`."""
        return self.base_url + self.path

    @property
    def bound(self) -> Pairs:
        """What page links are bound to: who asks, and what."""
        return bound_to(self.principal, self.path, self.applied)

    def opened(self, pages: paging.Pages) -> Cursor | None:
        """Return where the page asked for begins, None for the first; raises Invalid."""
        return pages.open(self.token[0][1], self.bound) if self.token else None


def bound_to(principal: Principal, path: str, applied: Pairs) -> Pairs:
    """Return what the page links of a search are bound to."""
    return (*paging.caller(principal), ("path", path), *applied)


def given_to(request: FhirRequest) -> Pairs:
    """Return the parameters of the address and, for POST, of the form; raises 400, 414, 415."""
    given = pairs(request.query)
    if request.method != "POST":
        return given
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM and (request.body or media_type):
        raise UnsupportedMediaType(f"A search is posted as {FORM}")
    return given + split(request.body.decode("latin-1"))


def meant(given: Pairs, server: Server) -> Pairs:
    """Return `given` without what is taken for not sent."""
    if not server.ignored:
        return given
    return tuple(pair for pair in given if pair[0] not in server.ignored)


def asked(
    scope: Scope, given: Pairs, request: FhirRequest, principal: Principal, server: Server
) -> Asked:
    """Return `given` as it is understood; raises what rights and parameters raise."""
    indent = negotiation.pretty(request.headers.get("accept"), given)
    base_url = server.base(request)
    forgiving = lenient(request.headers.get("prefer"))
    token = tuple(pair for pair in given if pair[0] == paging.PARAMETER and pair[1])
    understood = _understood(scope, given, server, base_url, lenient=forgiving)
    part = subset(given, scope.types, lenient=forgiving)
    dropped = tuple(f"_elements={name}" for name in unknown_elements(given, scope.types))
    includes = understand_includes(given, scope.types, server.parameters)
    applied = (*scope.more, *understood[0].applied, *_shaping(given, part))
    asked = Asked(
        principal,
        (),
        PermittedIncludes(),
        part,
        base_url,
        scope.path,
        applied,
        joined(applied),
        token,
        (*understood[0].ignored, *dropped),
        indent,
    )
    after = asked.opened(server.pages)
    queries = [
        replace(
            one.query, after=after, clauses=(*one.query.clauses, *_criteria(scope, one, server))
        )
        for one in understood
    ]
    return asked._replace(
        permitted=tuple(permitted(one, principal, server) for one in queries),
        includes=permit_includes(includes, server.definitions, principal),
    )


def _understood(
    scope: Scope, given: Pairs, server: Server, base_url: str, *, lenient: bool
) -> list[Understood]:
    """Return what each type is asked: what all of them know, and nothing else."""
    chosen = [
        (name, value)
        for name, value in given
        if name.partition(":")[0] not in SHAPING or (name, value) == ("_summary", "count")
        if name != paging.PARAMETER
    ]
    known = shared(scope.types, server)
    if not lenient:
        refuse_unshared(chosen, known, server)
    context = server.context(base_url)
    return [
        understand(
            type_,
            parameters,
            chosen,
            context,
            lenient=lenient,
            max_count=server.limits.max_count,
            default_count=server.limits.default_count,
        )
        for type_, parameters in known.items()
    ]


def _criteria(scope: Scope, understood: Understood, server: Server) -> tuple[Clause, ...]:
    type_ = understood.query.type_
    return scope.criteria(type_, server.parameters[type_])


def permitted(query: Query, principal: Principal, server: Server) -> PermittedQuery:
    """Return `query` as far as `principal` may ask it; raises what `permit` raises."""
    definition = server.definitions[query.type_]
    return permit(query, definition, principal, definitions=server.definitions)


def _shaping(given: Pairs, part: Subset) -> Pairs:
    """Return the pairs about the shape as they were really used."""
    found = [(name, value) for name, value in given if name.partition(":")[0] in INCLUDES and value]
    if part.elements:
        found.append(("_elements", ",".join(sorted(part.elements))))
    if part.summary != "count":
        found += [pair for pair in given if pair[0] == "_summary" and pair[1]]
    return tuple(found)

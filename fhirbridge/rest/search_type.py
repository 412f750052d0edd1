"""The search-type interaction, by GET and by POST: https://hl7.org/fhir/R4/http.html#search."""

from dataclasses import dataclass, replace

from fhirbridge.auth.access import permit, require
from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import Issue, UnsupportedMediaType
from fhirbridge.rest import negotiation, paging
from fhirbridge.rest.bundle import searchset
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.freshness import freshness
from fhirbridge.rest.preferences import lenient
from fhirbridge.rest.query_string import Pairs, joined, pairs, split
from fhirbridge.rest.representation import indented
from fhirbridge.rest.server import Server
from fhirbridge.search.query import Query
from fhirbridge.search.understand import understand
from fhirbridge.store.stored import Page

FORM = "application/x-www-form-urlencoded"


def search_type(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return one page of matches; raises what rights, parameters and the representation raise."""
    definition = server.definitions[request.type_]
    require(principal, definition, "search-type")  # 403 is said before any 400
    asked = _asked(request, principal, server)
    permitted = permit(asked.query, definition, principal)
    body = _page(server.store.search(permitted), asked, server)
    return fhir_json(indented(body) if asked.indent else body, *freshness(request.type_, server))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A search as it was understood; `address` is what links begin with."""

    query: Query
    base_url: str
    address: str
    applied: Pairs
    token: Pairs
    ignored: tuple[str, ...]
    bound: Pairs
    indent: bool


def _asked(request: FhirRequest, principal: Principal, server: Server) -> _Asked:
    given = _given(request)
    indent = negotiation.pretty(request.headers.get("accept"), given)
    base_url = server.base(request)
    token = tuple(pair for pair in given if pair[0] == paging.PARAMETER and pair[1])
    understood = understand(
        request.type_,
        server.parameters[request.type_],
        [pair for pair in given if pair[0] != paging.PARAMETER],
        server.context(base_url),
        lenient=lenient(request.headers.get("prefer")),
        max_count=server.limits.max_count,
        default_count=server.limits.default_count,
    )
    bound = (*paging.caller(principal), ("type", request.type_), *understood.applied)
    query = understood.query
    if token:
        query = replace(query, after=server.pages.open(token[0][1], bound))
    address = f"{base_url}/{request.type_}"
    return _Asked(
        query, base_url, address, understood.applied, token, understood.ignored, bound, indent
    )


def _given(request: FhirRequest) -> Pairs:
    """Return the parameters of the address and, for POST, of the form; raises 400, 414, 415."""
    given = pairs(request.query)
    if request.method != "POST":
        return given
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM and (request.body or media_type):
        raise UnsupportedMediaType(f"A search is posted as {FORM}")
    return given + split(request.body.decode("latin-1"))


def _page(page: Page, asked: _Asked, server: Server) -> bytes:
    links = [("self", _link(asked, asked.token))]
    if page.after is not None and asked.query.count:
        token = server.pages.seal(page.after, asked.bound)
        links.append(("next", _link(asked, ((paging.PARAMETER, token),))))
    return searchset(
        asked.base_url,
        page.matches,
        links=links,
        total=page.total,
        outcomes=[_ignored(asked.ignored)] if asked.ignored else (),
    )


def _link(asked: _Asked, token: Pairs) -> str:
    query = joined((*asked.applied, *token))
    return f"{asked.address}?{query}" if query else asked.address


def _ignored(names: tuple[str, ...]) -> Issue:
    return Issue("warning", "not-supported", f"Ignored, unknown: {', '.join(sorted(set(names)))}")

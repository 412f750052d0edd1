"""The history interactions, of a resource, a type and all: https://hl7.org/fhir/R4/http.html#history."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import require
from fhirbridge.fhir.errors import Forbidden, Invalid, NotSupported
from fhirbridge.fhir.instant import date_range
from fhirbridge.rest import negotiation, paging
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.preferences import lenient
from fhirbridge.rest.query_string import Pairs, joined, pairs
from fhirbridge.rest.representation import ID, PARTS, STYLE, indented, not_found
from fhirbridge.rest.server import Server
from fhirbridge.rest.subset import Subset, subset
from fhirbridge.rest.versions import Before, history_bundle
from fhirbridge.search.query import PermittedQuery, Query, by_id
from fhirbridge.search.result import shown, wrong
from fhirbridge.store.history import Window
from fhirbridge.store.stored import Page, Stored

COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
CHOOSING = frozenset({"_since", "_at", "_count"})
SHAPING = STYLE | PARTS


def history_instance(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return the versions of a resource that the caller may see; raises NotFound."""
    definition = server.definitions[request.type_]
    query = by_id(request.type_, request.id_, "history-instance")
    permitted = permit(query, definition, principal)
    place, types = f"{request.type_}/{request.id_}", (request.type_,)
    asked = _asked(request, principal, server, place, types)
    page = server.store.history(permitted, asked.window) if ID.fullmatch(request.id_) else None
    if page is None:
        raise not_found()
    return _answer(page, asked, _before(principal, server, "history-instance"), server)


def history_type(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return the versions of all resources of a type."""
    permitted = _permitted(request.type_, principal, server)
    asked = _asked(request, principal, server, request.type_, (request.type_,))
    page = server.store.history_of_types([permitted], asked.window)
    return _answer(page, asked, _before(principal, server, "history-type"), server)


def history_system(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return the versions of all resources of the types that the token covers.

    Raises Forbidden when it covers none.
    """
    types = whole_types(principal, server)
    permitted = [_permitted(type_, principal, server) for type_ in types]
    asked = _asked(request, principal, server, "", types)
    page = server.store.history_of_types(permitted, asked.window)
    return _answer(page, asked, _before(principal, server, "history-type"), server)


def whole_types(principal: Principal, server: Server) -> tuple[str, ...]:
    """Return the types of which `principal` sees every version; raises Forbidden without any."""
    found = []
    refusal: Forbidden | None = None
    for type_, definition in server.definitions.items():
        try:
            require(principal, definition, "history-type")
        except Forbidden as error:
            refusal = error
        else:
            found.append(type_)
    if not found:
        raise refusal or not_found()
    return tuple(found)


def _permitted(type_: str, principal: Principal, server: Server) -> PermittedQuery:
    definition = server.definitions[type_]
    require(principal, definition, "history-type")
    return permit(Query(type_), definition, principal, "history-type")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A history as it was understood; `address` is what links begin with."""

    window: Window
    subset: Subset
    base_url: str
    address: str
    applied: Pairs
    token: Pairs
    bound: Pairs
    indent: bool


def _asked(
    request: FhirRequest, principal: Principal, server: Server, place: str, types: tuple[str, ...]
) -> _Asked:
    given = tuple(pair for pair in pairs(request.query) if pair[1])
    base_url = server.base(request)
    indent = negotiation.pretty(request.headers.get("accept"), given)
    token = tuple(pair for pair in given if pair[0] == paging.PARAMETER)
    applied = _applied([pair for pair in given if pair not in token], request)
    part = subset(applied, types)
    window = _window(applied, server)
    if part.summary == "count":
        window = replace(window, count=0)
    bound = (*paging.caller(principal), ("history", place), *applied)
    if token:
        window = replace(window, after=server.pages.open(token[0][1], bound))
    address = "/".join(filter(None, (base_url, place, "_history")))
    return _Asked(window, part, base_url, address, applied, token, bound, indent)


def _applied(given: list[tuple[str, str]], request: FhirRequest) -> Pairs:
    """Return the parameters that are used; raises NotSupported for others, Invalid for doubles."""
    known = CHOOSING | SHAPING
    strange = [name for name, _ in given if name not in known]
    if strange and not lenient(request.headers.get("prefer")):
        text = f"A history does not take {shown(strange[0])}, but {', '.join(sorted(known))}"
        raise NotSupported(text, expression=(f"http.{strange[0][:64]}",))
    applied = tuple(pair for pair in given if pair[0] in known)
    names = [name for name, _ in applied]
    doubled = sorted({name for name in names if names.count(name) > 1} & CHOOSING)
    if doubled:
        raise wrong(doubled[0], "may be given once only")
    return applied


def _window(applied: Pairs, server: Server) -> Window:
    given = dict(applied)
    count = given.get("_count", str(server.limits.default_count))
    if not COUNT.fullmatch(count):
        raise wrong("_count", "expected a whole number, 0 or more")
    since, during = _moment("_since", given, server), _moment("_at", given, server)
    return Window(
        since=None if since is None else since[0],
        during=during,
        count=min(int(count), server.limits.max_count),
    )


def _moment(name: str, given: dict[str, str], server: Server) -> tuple[int, int] | None:
    """Return the range of a date (an unescaped plus has become a space on the way)."""
    if name not in given:
        return None
    try:
        return date_range(given[name].replace(" ", "+"), server.zone)
    except Invalid as error:
        raise wrong(name, str(error)) from error


def _before(
    principal: Principal, server: Server, interaction: Literal["history-instance", "history-type"]
) -> Before:
    """Return how the version before one is found, by the rights of the history itself."""

    def before(one: Stored) -> Stored | None:
        query = by_id(one.type_, one.id_)
        permitted = permit(query, server.definitions[one.type_], principal, interaction)
        return server.store.vread(permitted, one.version - 1)

    return before


def _answer(page: Page, asked: _Asked, before: Before, server: Server) -> FhirResponse:
    links = [("self", _link(asked, asked.token))]
    if page.after is not None:
        sealed = server.pages.seal(page.after, asked.bound)
        links.append(("next", _link(asked, ((paging.PARAMETER, sealed),))))
    part = asked.subset
    if not part.whole:
        cut = [one if one.deleted else one._replace(body=part.of(one.body)) for one in page.matches]
        page = replace(page, matches=cut)
    body = history_bundle(asked.base_url, page, links, before)
    return fhir_json(indented(body) if asked.indent else body)


def _link(asked: _Asked, token: Pairs) -> str:
    query = joined((*asked.applied, *token))
    return f"{asked.address}?{query}" if query else asked.address

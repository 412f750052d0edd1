"""The Bundle of one page that answers a search, whatever its form.

https://hl7.org/fhir/R4/search.html
"""

from functools import cache
from itertools import chain

from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import Issue
from fhirbridge.rest import paging
from fhirbridge.rest.asked import Asked, Scope, given_to, meant, nothing
from fhirbridge.rest.asked import asked as asked_of
from fhirbridge.rest.bundle import INCLUDE, Part, included, matched, searchset
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.form import Form, form_key
from fhirbridge.rest.freshness import freshness
from fhirbridge.rest.query_string import Pairs, joined
from fhirbridge.rest.repeated import keep, repeated, words
from fhirbridge.rest.representation import indented
from fhirbridge.rest.server import Server
from fhirbridge.rest.subset import Subset
from fhirbridge.store.stored import Page, Stored


def answer(
    scope: Scope, given: Pairs, request: FhirRequest, principal: Principal, server: Server
) -> FhirResponse:
    """Return one page of matches; raises what rights, parameters and the representation raise."""
    return _answer(scope, asked_of(scope, meant(given, server), request, principal, server), server)


def answer_on(
    type_: str, request: FhirRequest, principal: Principal, server: Server
) -> FhirResponse:
    """Return one page of matches of one type; raises as `answer`."""
    scope = whole_type(type_)
    key = words(type_, request, principal, server.base(request))
    asked = repeated(key, principal, server)
    if asked is None:
        asked = _by_form(scope, request, principal, server)
        keep(key, asked, server)
    return _answer(scope, asked, server)


def _by_form(scope: Scope, request: FhirRequest, principal: Principal, server: Server) -> Asked:
    """Return what is asked; as a search of the same form was understood, if there was one."""
    given = meant(given_to(request), server)
    key = form_key(scope.types[0], given, request, server.base(request))
    form: Form | None = server.forms.get(key)
    if form is not None:
        return form.filled(given, principal, server)
    asked = asked_of(scope, given, request, principal, server)
    form = Form.of(asked, given, server)
    if form is not None and key is not None:
        server.forms.keep(key, form)
    return asked


@cache
def whole_type(type_: str) -> Scope:
    """Return the scope of a search on all of a type."""
    return Scope(f"/{type_}", (type_,))


def _answer(scope: Scope, asked: Asked, server: Server) -> FhirResponse:
    scope.look()
    if len(asked.permitted) == 1:
        alone = not asked.includes.includes and scope.beside is nothing
        page = server.store.search(asked.permitted[0], sent=alone)
    else:
        page = server.store.search_types(asked.permitted)
    parts = [matched(page.matches)]
    beside = [*_included(page, asked, server), *scope.beside(page.matches)]
    if beside:
        parts.append(included(beside))
    body = _page(page, parts, asked, server)
    told = freshness(scope.types[0], server) if len(scope.types) == 1 else ()
    references = tuple(chain.from_iterable([part.references for part in parts]))
    return fhir_json(indented(body) if asked.indent else body, *told, found=references)


def _included(page: Page, asked: Asked, server: Server) -> list[Stored]:
    followed = asked.includes
    if not followed.includes or not page.matches:
        return []
    types = {**followed.types, **{one.query.type_: one for one in asked.permitted}}
    limit = server.limits.max_included
    return server.store.include(page.matches, followed.includes, types, limit)


def _page(page: Page, parts: list[Part], asked: Asked, server: Server) -> bytes:
    links = [("self", _link(asked, asked.token))]
    if asked.token or page.after is not None:
        links.append(("first", _link(asked, ())))
    if page.after is not None:
        token = server.pages.seal(page.after, asked.bound)
        links.append(("next", _link(asked, ((paging.PARAMETER, token),))))
    if not asked.subset.whole:
        parts = [_reduced(part, asked.subset) for part in parts]
    return searchset(
        asked.base_url,
        parts,
        links=links,
        total=_total(page, asked),
        outcomes=[_ignored(asked.ignored)] if asked.ignored else (),
    )


def _reduced(part: Part, subset: Subset) -> Part:
    """Return the entries with the elements that were asked for."""
    beside = part.mode == INCLUDE
    return part._replace(bodies=[subset.of(one, included=beside) for one in part.bodies])


def _total(page: Page, asked: Asked) -> int | None:
    """Return how many matches all pages have: if that was asked for, or if these are all."""
    whole = page.after is None and not asked.token and ("_total", "none") not in asked.applied
    return len(page.matches) if page.total is None and whole else page.total


def _link(asked: Asked, token: Pairs) -> str:
    query = asked.query
    if token:
        query = f"{query}&{joined(token)}" if query else joined(token)
    return f"{asked.address}?{query}" if query else asked.address


def _ignored(names: tuple[str, ...]) -> Issue:
    return Issue("warning", "not-supported", f"Ignored, unknown: {', '.join(sorted(set(names)))}")

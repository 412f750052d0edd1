"""A stored resource as the answer to a read: its bytes, its version, or why not.

https://hl7.org/fhir/R4/http.html#read
"""

import re

from fhirbridge.fhir.errors import Gone, NotFound, NotSupported
from fhirbridge.fhir.json import dump, parse
from fhirbridge.rest import negotiation
from fhirbridge.rest.conditional import http_date, unchanged
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.preferences import lenient
from fhirbridge.rest.query_string import Pairs, pairs
from fhirbridge.rest.subset import Subset, subset
from fhirbridge.search.result import wrong
from fhirbridge.store.stored import Stored

Headers = tuple[tuple[str, str], ...]
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
STYLE = frozenset({"_format", "_pretty"})
NEUTRAL = frozenset({("_summary", "false")})

# Which part of the resource: where a part is not served, refused even to a lenient client.
PARTS = frozenset({"_summary", "_elements"})

# A Bundle holds resources that are themselves as deep as the parser lets in.
MOST_LEVELS = 80


def not_found() -> NotFound:
    """Return the one answer for unknown, foreign and withheld: no id, no hint."""
    return NotFound("There is no such resource")


def present(stored: Stored | None) -> Stored:
    """Return `stored`; raises NotFound when there is none to see, Gone for one's own deleted."""
    if stored is None:
        raise not_found()
    if stored.deleted:
        raise Gone("The resource was deleted")
    return stored


def pretty(request: FhirRequest) -> bool:
    """Return whether to indent; raises when the representation or a parameter is not served."""
    given = style(request, parts=True)
    if given:
        part(given, request)
    return negotiation.pretty(request.headers.get("accept"), given)


def part(given: Pairs, request: FhirRequest) -> Subset:
    """Return which part of the resource is asked for; raises Invalid or NotSupported."""
    found = subset(given, (request.type_,))
    if found.summary == "count":
        raise wrong("_summary", "count is for searches")
    return found


def style(request: FhirRequest, *, parts: bool = False) -> Pairs:
    """Return the parameters of an interaction that takes none but `_format` and `_pretty`.

    With `parts` it takes `_summary` and `_elements` too. Raises NotSupported for any other, unless
    the client is lenient.
    """
    if not request.query:
        return ()
    given = pairs(request.query)
    known = STYLE | PARTS if parts else STYLE
    unknown = {n for n, v in given if v and n not in known and (n, v) not in NEUTRAL}
    refused = unknown & PARTS if lenient(request.headers.get("prefer")) else unknown
    if refused:
        text = f"Parameters not supported here: {', '.join(sorted(refused))}"
        raise NotSupported(text, expression=tuple(f"http.{name[:64]}" for name in sorted(refused)))
    return given


def represented(stored: Stored, request: FhirRequest, *, indent: bool) -> FhirResponse:
    """Return `stored` with its validators, or 304 when the client has it already."""
    validators = validators_of(stored)
    if known(request, stored, validators):
        return not_modified(validators)
    body = stored.body
    if request.query:
        body = part(pairs(request.query), request).of(body)
    updated = stored.updated if stored.dated else None
    return fhir_json(indented(body) if indent else body, *validators, updated=updated)


def not_modified(validators: Headers) -> FhirResponse:
    """Return 304 with the ETag alone: https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5."""
    return FhirResponse(304, headers=validators[:1])


def known(request: FhirRequest, stored: Stored, validators: Headers) -> bool:
    """Return whether the client has `stored` already."""
    updated = stored.updated if stored.dated else None
    return unchanged(request.headers, validators[0][1], updated)


def validators_of(stored: Stored) -> Headers:
    """Return ETag, then Last-Modified unless the view is undated."""
    etag = ("ETag", stored.etag)
    return (etag, ("Last-Modified", http_date(stored.updated))) if stored.dated else (etag,)


def indented(body: bytes) -> bytes:
    """Return the same JSON for human eyes; numbers keep their digits."""
    return dump(parse(body, max_depth=MOST_LEVELS), pretty=True)

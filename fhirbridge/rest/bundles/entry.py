"""The entries of a Bundle, each a request of its own: https://hl7.org/fhir/R4/bundle.html."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from fhirbridge.fhir.errors import FhirError, Invalid, Issue
from fhirbridge.fhir.json import dump
from fhirbridge.rest.exchange import FhirRequest
from fhirbridge.rest.preferences import preference
from fhirbridge.search.result import shown

Resource = dict[str, Any]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"})
# Elements of Bundle.entry.request that are headers of a request.
HEADERS = {
    "ifNoneMatch": "if-none-match",
    "ifModifiedSince": "if-modified-since",
    "ifMatch": "if-match",
    "ifNoneExist": "if-none-exist",
}
# https://hl7.org/fhir/R4/bundle.html#resource. A name that is none of these is a mistake that could
# be dangerous: with `ifNoneExists` everything would be created twice.
EVERYWHERE = frozenset({"id", "extension", "modifierExtension"})
OF_BUNDLE = frozenset(
    {
        "resourceType", "id", "meta", "implicitRules", "language", "identifier", "type",
        "timestamp", "total", "link", "entry", "signature",
    }
)  # fmt: skip
OF_ENTRY = EVERYWHERE | {"link", "fullUrl", "resource", "search", "request", "response"}
OF_REQUEST = EVERYWHERE | {"method", "url"} | HEADERS.keys()
FHIR_JSON = "application/fhir+json"
MINIMAL = "return=minimal"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that can be understood; `path` is below the base, from its slash on."""

    number: int
    full_url: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    resource: Resource | None

    @property
    def place(self) -> str:
        """Where the entry stands, as FHIRPath."""
        return f"Bundle.entry[{self.number}]"

    def request(self, outer: FhirRequest) -> FhirRequest:
        """Return the request that the entry is, sent as `outer` was; its route is not known yet.

        Raises Invalid for content that cannot be read.
        """
        content_type, body = _content(self.method, self.resource)
        prefer = outer.headers.get("prefer", "")
        if preference(prefer, "return") is None:
            prefer = f"{prefer}, {MINIMAL}" if prefer else MINIMAL
        headers = {
            **self.headers,
            "authorization": outer.headers.get("authorization", ""),
            "x-forwarded-for": outer.headers.get("x-forwarded-for", ""),
            "accept": FHIR_JSON,
            "prefer": prefer,
            **({"content-type": content_type} if body else {}),
        }
        return FhirRequest(
            self.method,
            query=self.query,
            headers=headers,
            body=body,
            origin=outer.origin,
            mount=outer.mount,
            address=outer.address,
        )

    def with_resource(self, resource: Resource) -> "Entry":
        """Return the entry with another content."""
        return replace(self, resource=resource)


def entry_of(given: Any, number: int, base_url: str) -> Entry:
    """Return the entry; raises Invalid, naming it, when it is not a request."""
    with named(f"Bundle.entry[{number}]"):
        request = given.get("request") if isinstance(given, dict) else None
        if not isinstance(request, dict):
            raise Invalid("The entry has no request")
        check_names(given, OF_ENTRY)
        check_names(request, OF_REQUEST)
        method, url = request.get("method"), request.get("url")
        if not isinstance(method, str) or not isinstance(url, str) or method not in METHODS:
            raise Invalid("The request needs a method and a url")
        path, _, query = url.removeprefix(f"{base_url}/").removeprefix("/").partition("?")
        return Entry(
            number,
            str(given.get("fullUrl", "")),
            method,
            f"/{path}" if path else "",
            # As WSGI hands it over: bytes above 127 as Latin-1 characters.
            query.encode().decode("latin-1"),
            {header: _text(request[name]) for name, header in HEADERS.items() if name in request},
            _resource(given.get("resource")),
        )


@contextmanager
def named(place: str) -> Iterator[None]:
    """Let an error inside say at which entry it happened."""
    try:
        yield
    except FhirError as error:
        if not any(one.expression[:1] == (place,) for one in error.issues):
            error.issues = tuple(_at(place, one) for one in error.issues)
        raise


def check_names(element: Resource, known: frozenset[str]) -> None:
    """Raise Invalid when `element` has a member that is not `known`."""
    strange = sorted(name for name in element if name.removeprefix("_") not in known)
    if strange:
        raise Invalid(f"Unknown element: {shown(strange[0])}")


def _resource(given: Any) -> Resource | None:
    """Return the content of an entry, None without one; raises Invalid for one without a type."""
    if not isinstance(given, dict):
        return None
    if not isinstance(given.get("resourceType"), str):
        raise Invalid("The resource names no type")
    return given


def _text(value: Any) -> str:
    """Return what is written in an element of the request; raises Invalid unless it is text."""
    if not isinstance(value, str) or not value:
        raise Invalid("The request's elements are text")
    return value


def _at(place: str, issue: Issue) -> Issue:
    """Return `issue` with the entry's place before its own, and in its words."""
    inner = [_inside(place, one) for one in issue.expression if "." in one]
    words = f"{place}: {issue.diagnostics}"
    return Issue(issue.severity, issue.code, words, (place, *inner))


def _inside(place: str, expression: str) -> str:
    """Return the place of an issue of an entry: in its resource, or a parameter in its url."""
    head, _, rest = expression.partition(".")
    return f"{place}.request.url" if head == "http" else f"{place}.resource.{rest}"


def _content(method: str, resource: Resource | None) -> tuple[str, bytes]:
    """Return media type and body; a patch may be the content of a Binary."""
    if resource is None or method not in {"POST", "PUT", "PATCH"}:
        return "", b""
    if method == "PATCH" and resource.get("resourceType") == "Binary":
        try:
            return str(resource["contentType"]), b64decode(resource["data"], validate=True)
        except (KeyError, TypeError, NotBase64) as error:
            raise Invalid("The Binary is not a patch") from error
    return FHIR_JSON, dump(resource)

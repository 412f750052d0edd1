"""Links between the entries of a Bundle, replaced by where the entries really are.

They are replaced in references, in `uri` and `url` elements and in the links and images of
narratives, inside contained resources too. A `uuid` element can only hold a UUID, so it gets the
new id as one; an `oid` cannot hold any id of ours, and a `canonical` stays what it is.
https://hl7.org/fhir/R4/http.html#trules, https://hl7.org/fhir/R4/bundle.html#references
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from fhirbridge.fhir.element_types import RESOURCE, element_type
from fhirbridge.fhir.reference import RELATIVE

Find = Callable[[str], str | None]

LINKS = frozenset({"uri", "url"})
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
URN = "urn:uuid:"
LITERAL = ("Reference", "reference")
NARRATIVE = re.compile(r"""(\b(?:href|src)\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
RESTFUL = re.compile(
    r"(?P<root>https?://[^?#]+/)(?P<type>[A-Z][A-Za-z]{1,63})/(?P<id>[A-Za-z0-9\-.]{1,64})",
    re.ASCII,
)
CONDITIONAL = re.compile(r"(?P<type>[A-Z][A-Za-z]{1,63})\?(?P<query>.+)", re.ASCII | re.DOTALL)
VERSIONED = "/_history/"
# In URNs with these names case means nothing: https://www.rfc-editor.org/rfc/rfc8141#section-3.
CASELESS = re.compile(r"urn:(uuid|oid):", re.IGNORECASE)


class Place(NamedTuple):
    """Where an entry's resource is stored; `version` is the one it has then, if that is known."""

    type_: str
    id_: str
    version: int | None = None


def comparable(url: str) -> str:
    """Return `url` as it is compared with others: small letters where case means nothing."""
    return url.lower() if CASELESS.match(url) else url


def finder(places: Mapping[str, Place], full_url: str) -> Find:
    """Return the function from a link in the entry `full_url` to what takes its place, or None.

    `places` are the entries by fullUrl, best as `comparable`, and conditional references by their
    own text. A relative link is resolved against the root of `full_url`, if that is a RESTful one.
    """
    own = RESTFUL.fullmatch(full_url)
    root = own["root"] if own else None

    def find(text: str) -> str | None:
        link, hash_, fragment = text.partition("#")
        if root is not None and RELATIVE.fullmatch(link):
            link = root + link
        url, history, _ = link.partition(VERSIONED)
        texts = (link, url, comparable(link), comparable(url))
        place = next((places[one] for one in texts if one in places), None)
        if place is None:
            return None
        version = f"{VERSIONED}{place.version}" if history and place.version else ""
        return f"{place.type_}/{place.id_}{version}{hash_}{fragment}"

    return find


def relinked(resource: dict[str, Any], find: Find) -> dict[str, Any]:
    """Return `resource` with every link that `find` knows replaced."""
    found: dict[str, Any] = _relinked(resource, RESOURCE, find)
    return found


def conditional_references(node: Any) -> Iterator[str]:
    """Yield the references of a resource that are searches: `Patient?identifier=…`."""
    if isinstance(node, list):
        for one in node:
            yield from conditional_references(one)
    elif isinstance(node, dict):
        text = node.get("reference")
        if isinstance(text, str) and CONDITIONAL.fullmatch(text):
            yield text
        for one in node.values():
            yield from conditional_references(one)


def _relinked(node: Any, type_: str, find: Find) -> Any:
    if isinstance(node, list):
        return [_relinked(one, type_, find) for one in node]
    if isinstance(node, dict):
        named = _own_type(node) if type_ == RESOURCE else type_
        return {key: _relinked(one, _type(named, key), find) for key, one in node.items()}
    return _text(node, type_, find) if isinstance(node, str) else node


def _own_type(node: dict[str, Any]) -> str:
    """Return the type that a resource names; "" for what is none, which is not checked yet."""
    own = node.get("resourceType")
    return own if isinstance(own, str) else ""


def _text(text: str, type_: str, find: Find) -> str:
    if type_ in LINKS:
        return find(text) or text
    if type_ == "uuid":
        id_ = (find(text) or "").rpartition("/")[2]
        return URN + id_ if UUID.fullmatch(id_) else text
    if type_ == "xhtml":
        return NARRATIVE.sub(lambda link: link[1] + _attribute(link[2], find), text)
    return text


def _type(parent: str, name: str) -> str:
    return "uri" if (parent, name) == LITERAL else element_type(parent, name)


def _attribute(quoted: str, find: Find) -> str:
    found = find(html.unescape(quoted[1:-1]).strip())
    return quoted if found is None else f"{quoted[0]}{html.escape(found)}{quoted[0]}"

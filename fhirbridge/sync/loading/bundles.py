"""The entries of a Bundle as resources with ids, their links resolved.

Transaction, batch and collection are taken alike: what has a resource is stored under its id.
https://hl7.org/fhir/R4/bundle.html, https://hl7.org/fhir/R4/http.html#trules
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fhirbridge.fhir.errors import FhirError, Issue
from fhirbridge.fhir.linking import (
    CONDITIONAL,
    RESTFUL,
    Place,
    conditional_references,
    finder,
    relinked,
)

Resource = dict[str, Any]
# From a type and its criteria to the id of the one match; raises Unmatched when there is none.
Search = Callable[[str, str], str]
URN = "urn:uuid:"


class Unmatched(FhirError):  # noqa: N818 - as its family in fhir.errors
    """Criteria that nothing matches, so far."""

    status = 412
    code = "not-found"


class Entry(NamedTuple):
    """One resource to store: where it stands, and the resource or what is wrong with it.

    `there`: it exists already, as its ifNoneExist asked.
    """

    place: str
    resource: Resource | None
    issues: tuple[Issue, ...] = ()
    there: bool = False


class Waiting(NamedTuple):
    """A resource before its links are resolved."""

    place: str
    full_url: str
    resource: Resource


def unpacked(place: str, content: Resource, search: Search, *, last: bool) -> Iterator[Entry]:
    """Yield the resources of a Bundle, or the one that `content` is.

    Raises Unmatched when a conditional reference leads nowhere, unless this is the `last` try.
    """
    places: dict[str, Place] = {}
    waiting: list[Waiting] = []
    if content.get("resourceType") == "Bundle":
        entries = content.get("entry")
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            where = f"{place}#Bundle.entry[{number}]"
            yield from _entry(where, entry, search, places, waiting)
    else:
        waiting.append(Waiting(place, "", content))
    for one in waiting:
        yield _resolved(one, search, places, last=last)


def _entry(
    where: str,
    entry: Any,
    search: Search,
    places: dict[str, Place],
    waiting: list[Waiting],
) -> Iterator[Entry]:
    """Note where the entry's resource will be; yield it if that is all there is to do."""
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        yield Entry(where, None, (Issue("error", "required", "The entry has no resource."),))
        return
    try:
        id_, there = _identity(entry, resource, search)
    except FhirError as error:
        yield Entry(where, None, error.issues)
        return
    full_url = str(entry.get("fullUrl", ""))
    if full_url and id_:
        places[full_url] = Place(str(resource.get("resourceType")), id_)
    if there:
        yield Entry(where, None, there=True)
    else:
        waiting.append(Waiting(where, full_url, {**resource, "id": id_} if id_ else resource))


def _identity(entry: Resource, resource: Resource, search: Search) -> tuple[str, bool]:
    """Return the id of the entry's resource and whether it exists, so that nothing is stored."""
    given = entry.get("request")
    request = given if isinstance(given, dict) else {}
    type_, criteria = str(resource.get("resourceType")), request.get("ifNoneExist")
    own = str(resource.get("id") or _named(str(entry.get("fullUrl", ""))))
    if isinstance(criteria, str):
        existing = _existing(search, type_, criteria)
        return existing or own, bool(existing) and existing != own
    url = CONDITIONAL.fullmatch(str(request.get("url", "")))
    if url and request.get("method") == "PUT":
        return _existing(search, type_, url["query"]) or own, False
    return own, False


def _existing(search: Search, type_: str, criteria: str) -> str:
    try:
        return search(type_, criteria)
    except Unmatched:
        return ""


def _named(full_url: str) -> str:
    """Return the id that a fullUrl gives to a resource without one."""
    restful = RESTFUL.fullmatch(full_url)
    return restful["id"] if restful else full_url.removeprefix(URN)


def _resolved(one: Waiting, search: Search, places: dict[str, Place], *, last: bool) -> Entry:
    try:
        for text in conditional_references(one.resource):
            match = CONDITIONAL.fullmatch(text)
            if match is not None and text not in places:
                places[text] = Place(match["type"], search(match["type"], match["query"]))
    except FhirError as error:
        if isinstance(error, Unmatched) and not last:
            raise
        return Entry(one.place, None, error.issues)
    if not places:
        return Entry(one.place, one.resource)
    return Entry(one.place, relinked(one.resource, finder(places, one.full_url)))

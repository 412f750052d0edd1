"""The entries of a Bundle as resources with ids, their links resolved.

Transaction, batch and collection are taken alike: what has a resource is stored under its id.
https://hl7.org/fhir/R4/bundle.html, https://hl7.org/fhir/R4/http.html#trules
"""

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from fhirbridge.fhir.errors import FhirError, Issue
from fhirbridge.fhir.linking import (
    CONDITIONAL,
    RESTFUL,
    Place,
    comparable,
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


class Turn(IntEnum):
    """Which try at a piece this is.

    FIRST, pieces are read side by side, so none may conclude that something is not there: two would
    create it. SECOND, one after another, they create what their criteria do not find. LAST, what
    a conditional reference leads to must be there.
    """

    FIRST = 0
    SECOND = 1
    LAST = 2


class Finding:
    """Finds what criteria name: in the database, and among what the same piece creates."""

    def __init__(self, search: Search, turn: Turn) -> None:
        self._search = search
        self._turn = turn
        self._made: dict[tuple[str, str], str] = {}

    def referred(self, type_: str, criteria: str) -> str:
        """Return the id that a conditional reference leads to.

        Raises Unmatched when there is none; its piece is to be tried again before the LAST turn.
        """
        return self._made.get((type_, criteria)) or self._search(type_, criteria)

    def existing(self, type_: str, criteria: str, own: str) -> str:
        """Return the id of what criteria find, "" when what is called `own` is to be created.

        Raises Unmatched in the FIRST turn, where nothing is created so.
        """
        try:
            return self.referred(type_, criteria)
        except Unmatched:
            if self._turn is Turn.FIRST:
                raise
        self._made[type_, criteria] = own
        return ""

    @property
    def final(self) -> bool:
        """Whether what is not found is an error now."""
        return self._turn is Turn.LAST


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


def unpacked(place: str, content: Resource, finding: Finding) -> Iterator[Entry]:
    """Yield the resources of a Bundle, or the one that `content` is.

    Raises Unmatched when the piece is to be tried again in the next turn.
    """
    places: dict[str, Place] = {}
    waiting: list[Waiting] = []
    if content.get("resourceType") == "Bundle":
        entries = content.get("entry")
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            where = f"{place}#Bundle.entry[{number}]"
            yield from _entry(where, entry, finding, places, waiting)
    else:
        waiting.append(Waiting(place, "", content))
    for one in waiting:
        yield _resolved(one, finding, places)


def _entry(
    where: str,
    entry: Any,
    finding: Finding,
    places: dict[str, Place],
    waiting: list[Waiting],
) -> Iterator[Entry]:
    """Note where the entry's resource will be; yield it if that is all there is to do."""
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        yield Entry(where, None, (Issue("error", "required", "The entry has no resource."),))
        return
    try:
        id_, there = _identity(entry, resource, finding)
    except Unmatched:
        raise
    except FhirError as error:
        yield Entry(where, None, error.issues)
        return
    full_url = str(entry.get("fullUrl", ""))
    if full_url and id_:
        places[comparable(full_url)] = Place(str(resource.get("resourceType")), id_)
    if there:
        yield Entry(where, None, there=True)
    else:
        waiting.append(Waiting(where, full_url, {**resource, "id": id_} if id_ else resource))


def _identity(entry: Resource, resource: Resource, finding: Finding) -> tuple[str, bool]:
    """Return the id of the entry's resource and whether it exists, so that nothing is stored."""
    given = entry.get("request")
    request = given if isinstance(given, dict) else {}
    type_, criteria = str(resource.get("resourceType")), request.get("ifNoneExist")
    own = str(resource.get("id") or _named(str(entry.get("fullUrl", ""))))
    if isinstance(criteria, str):
        existing = finding.existing(type_, criteria, own)
        return existing or own, bool(existing) and existing != own
    url = CONDITIONAL.fullmatch(str(request.get("url", "")))
    if url and request.get("method") == "PUT":
        return finding.existing(type_, url["query"], own) or own, False
    return own, False


def _named(full_url: str) -> str:
    """Return the id that a fullUrl gives to a resource without one."""
    restful = RESTFUL.fullmatch(full_url)
    return restful["id"] if restful else full_url.removeprefix(URN)


def _resolved(one: Waiting, finding: Finding, places: dict[str, Place]) -> Entry:
    try:
        for text in conditional_references(one.resource):
            match = CONDITIONAL.fullmatch(text)
            if match is not None and text not in places:
                places[text] = Place(match["type"], finding.referred(match["type"], match["query"]))
    except FhirError as error:
        if isinstance(error, Unmatched) and not finding.final:
            raise
        return Entry(one.place, None, error.issues)
    if not places:
        return Entry(one.place, one.resource)
    return Entry(one.place, relinked(one.resource, finder(places, one.full_url)))

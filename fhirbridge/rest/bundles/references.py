"""The links of a transaction's resources, replaced by where everything will be.

Conditional references are resolved as if all writes were done: among what the Bundle writes and
what it leaves as it is. https://hl7.org/fhir/R4/http.html#trules
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import Invalid, NotSupported, PreconditionFailed
from fhirbridge.fhir.linking import (
    CONDITIONAL,
    Place,
    comparable,
    conditional_references,
    finder,
    relinked,
)
from fhirbridge.rest.bundles.entry import named
from fhirbridge.rest.bundles.identities import Step
from fhirbridge.rest.bundles.meaning import Written
from fhirbridge.rest.criteria import query_in
from fhirbridge.rest.incoming import with_id
from fhirbridge.rest.server import Server
from fhirbridge.search.query import Query

WRITTEN = frozenset({"POST", "PUT"})


def linked(
    steps: Sequence[Step], principal: Principal, server: Server, base_url: str
) -> list[Step]:
    """Return the steps with their resources' links replaced.

    Raises Invalid when two entries have the same fullUrl, PreconditionFailed when a conditional
    reference does not lead to exactly one resource; both name the entry.
    """
    there = moved(steps)
    resolver = Conditions(there, principal, server, base_url)
    return [resolver.resolved(step) for step in there]


def moved(steps: Sequence[Step]) -> list[Step]:
    """Return the steps with the links between them replaced; conditional references stay.

    Raises Invalid, naming the entry, when two have the same fullUrl.
    """
    places = _places(steps)
    return [_moved(step, places) for step in steps]


def _places(steps: Sequence[Step]) -> dict[str, Place]:
    places: dict[str, Place] = {}
    seen: set[str] = set()
    for step in steps:
        url = comparable(step.entry.full_url)
        with named(step.entry.place):
            if url and url in seen:
                raise Invalid("Another entry has the same fullUrl")
        seen.add(url)
        if url and step.place is not None:
            places[url] = step.place
    return places


def _moved(step: Step, places: Mapping[str, Place]) -> Step:
    """Return the step with links between entries replaced and, where it is known, its id."""
    resource = step.entry.resource
    if resource is None or step.entry.method not in WRITTEN:
        return step
    if places:
        resource = relinked(resource, finder(places, step.entry.full_url))
    if step.place is not None and (step.entry.method == "POST" or _unnamed(step)):
        resource = with_id(resource, step.place.id_)
    return replace(step, entry=step.entry.with_resource(resource))


def _unnamed(step: Step) -> bool:
    """Return whether criteria choose what is updated and the content leaves its id to them."""
    by_criteria = step.entry.path.strip("/") == step.request.type_
    return by_criteria and "id" not in (step.entry.resource or {})


class Conditions:
    """Resolves the conditional references of one transaction."""

    def __init__(
        self, steps: Sequence[Step], principal: Principal, server: Server, base_url: str
    ) -> None:
        self._principal = principal
        self._server = server
        self._base_url = base_url
        self._touched = {(one.type_, one.id_) for step in steps for one in step.written}
        self._written = Written[str](server.context(base_url))
        for step in steps:
            resource = step.entry.resource
            if resource and step.place and step.entry.method in WRITTEN and not step.found:
                self._written.add(resource, step.place.id_)
        self._place = lru_cache(maxsize=None)(self._looked_up)

    def resolved(self, step: Step) -> Step:
        """Return the step without conditional references."""
        resource = step.entry.resource
        if resource is None or step.entry.method not in WRITTEN:
            return step
        with named(step.entry.place):
            texts = dict.fromkeys(conditional_references(resource))
            places = {text: self._place(text) for text in texts}
        if not places:
            return step
        return replace(step, entry=step.entry.with_resource(relinked(resource, finder(places, ""))))

    def _looked_up(self, text: str) -> Place:
        match = CONDITIONAL.fullmatch(text)
        type_ = match["type"] if match else ""
        if type_ not in self._server.definitions:
            raise NotSupported("A conditional reference names a type that is not served")
        query = query_in(text, type_, self._server, self._base_url)
        found = {*self._stored(query), *self._written.meant(query)}
        if len(found) != 1:
            count = "more than one resource" if found else "no resource"
            raise PreconditionFailed(f"A conditional reference matches {count}")
        return Place(type_, found.pop())

    def _stored(self, query: Query) -> list[str]:
        """Return the ids of matches that this transaction leaves as they are; two are enough."""
        asked = replace(query, count=2 + len(self._touched))
        permitted = permit(asked, self._server.definitions[query.type_], self._principal)
        found = self._server.store.search(permitted).matches
        return [one.id_ for one in found if (one.type_, one.id_) not in self._touched][:2]

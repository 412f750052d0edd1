"""Which resource each entry of a transaction writes, known before any is written.

https://hl7.org/fhir/R4/http.html#trules
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import Write
from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.linking import Place
from fhirbridge.rest.bundles.entry import Entry, named
from fhirbridge.rest.bundles.meaning import Written
from fhirbridge.rest.create import conditional
from fhirbridge.rest.criteria import several
from fhirbridge.rest.exchange import FhirRequest
from fhirbridge.rest.server import Server
from fhirbridge.rest.writing import Writing, new_id, writing
from fhirbridge.search.parameter import SearchContext
from fhirbridge.store.stored import Stored
from fhirbridge.store.transaction import Transaction

INTERACTIONS: dict[str, Write] = {
    "DELETE": "delete",
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
}

CHANGING = frozenset({"PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Step:
    """An entry with its route: the request it is, and what that writes.

    `place` None: nothing, or what cannot be told (a conditional write that matches nothing).
    `found`: it is there already, so that nothing is written. `fresh`: an update that creates what
    its criteria do not find, under an id of ours. `also`: what else criteria choose.
    """

    entry: Entry
    request: FhirRequest
    place: Place | None = None
    found: bool = False
    fresh: bool = False
    also: tuple[Place, ...] = ()

    @property
    def conditional(self) -> bool:
        """Whether criteria choose what is written."""
        if self.entry.method == "POST":
            return "if-none-exist" in self.request.headers
        return self.entry.method in INTERACTIONS and not self.request.id_

    @property
    def written(self) -> tuple[Place, ...]:
        """All that the entry changes."""
        own = () if self.place is None or self.found else (self.place,)
        return (*own, *self.also)


class Identities:
    """Finds what the steps of one transaction write; `versioned`: and as which version."""

    def __init__(
        self, principal: Principal, server: Server, context: SearchContext, *, versioned: bool
    ) -> None:
        self._versioned = versioned
        self._principal = principal
        self._server = server
        self._context = context
        self._deleted: set[tuple[str, str]] = set()
        self._created = Written[Place](context)

    def of(self, steps: Sequence[Step], tx: Transaction | None) -> list[Step]:
        """Return the steps, in the same order, with what they write.

        Without `tx` none may be conditional. Raises Invalid when two write the same resource, and
        what criteria raise.
        """
        found = {}
        for method in INTERACTIONS:
            for step in steps:
                if step.entry.method == method:
                    with named(step.entry.place):
                        found[step.entry.number] = self._step(step, tx)
        resolved = [found.get(step.entry.number, step) for step in steps]
        _check_distinct(resolved)
        self._check_alone(resolved)
        return resolved

    def _check_alone(self, steps: Sequence[Step]) -> None:
        """Raise Invalid where criteria that found nothing mean what another entry writes."""
        searching = [one for one in steps if one.conditional and one.entry.method in CHANGING]
        others = Written[Step](self._context)
        for one in steps if searching else ():
            if one.written and one.entry.resource and one.entry.method != "PATCH":
                others.add(one.entry.resource, one)
        for step in searching:
            criteria = self._writing(step).criteria
            with named(step.entry.place):
                if criteria and any(one is not step for one in others.meant(criteria)):
                    raise Invalid("The criteria mean what another entry writes")

    def _step(self, step: Step, tx: Transaction | None) -> Step:
        if step.conditional and tx is not None:
            return self._by_criteria(step, tx)
        request = step.request
        id_ = request.id_ or new_id()
        place = Place(request.type_, id_, self._version(step, id_))
        if step.entry.method == "DELETE":
            self._deleted.add((place.type_, place.id_))
        if step.entry.method == "POST":
            self._created.add(step.entry.resource or {}, place)
        return replace(step, place=place)

    def _version(self, step: Step, id_: str) -> int | None:
        """Return the version that a write makes, if it makes one."""
        write = self._writing(step)
        if not self._versioned:
            return None
        stored = None if step.entry.method == "POST" else write.seen(id_)
        return 1 if stored is None else stored.version + 1

    def _by_criteria(self, step: Step, tx: Transaction) -> Step:
        write = self._writing(step)
        tx.alone(f"conditional {step.request.type_}")
        most = self._server.limits.max_count if step.entry.method == "DELETE" else 2
        found = self._matches(write, most)
        if step.entry.method == "DELETE":
            places = tuple(Place(one.type_, one.id_) for one in found)
            self._deleted.update((one.type_, one.id_) for one in places)
            return replace(step, also=places)
        if len(found) > 1:
            raise several()
        if step.entry.method == "POST":
            return self._create(step, write, found)
        if found and self._twin(write) is not None:
            raise several()
        return self._change(step, found)

    def _create(self, step: Step, write: Writing, found: list[Stored]) -> Step:
        if found:
            one = found[0]
            return replace(step, place=Place(one.type_, one.id_, one.version), found=True)
        twin = self._twin(write)
        place = twin or Place(step.request.type_, new_id(), 1)
        self._created.add(step.entry.resource or {}, place)
        return replace(step, place=place, found=twin is not None)

    def _twin(self, write: Writing) -> Place | None:
        """Return where an earlier entry creates what the criteria would find."""
        assert write.criteria is not None  # noqa: S101 - asked only of a conditional write
        return next(self._created.meant(write.criteria), None)

    def _change(self, step: Step, found: list[Stored]) -> Step:
        """Return an update or patch as one by id: of what was found or, to create it, a new one."""
        if found:
            one = found[0]
            request = step.request._replace(id_=one.id_, query="")
            place = Place(one.type_, one.id_, one.version + 1)
            return replace(step, request=request, place=place)
        if step.entry.method == "PATCH":
            return step
        own = (step.entry.resource or {}).get("id")
        id_ = own if isinstance(own, str) else new_id()
        return replace(step, place=Place(step.request.type_, id_, 1), fresh=id_ != own)

    def _matches(self, write: Writing, most: int) -> list[Stored]:
        """Return up to `most` matches that no entry deletes."""
        assert write.criteria is not None  # noqa: S101 - as above
        query = replace(write.criteria, count=most + len(self._deleted))
        permitted = permit(query, write.definition, self._principal)
        found = self._server.store.search(permitted).matches
        return [one for one in found if (one.type_, one.id_) not in self._deleted][:most]

    def _writing(self, step: Step) -> Writing:
        interaction = INTERACTIONS[step.entry.method]
        write = writing(interaction, step.request, self._principal, self._server)
        return conditional(write) if interaction == "create" else write


def _check_distinct(steps: Sequence[Step]) -> None:
    """Raise Invalid, naming the second, when two entries write the same resource."""
    seen: set[tuple[str, str]] = set()
    for step, place in _written(steps):
        with named(step.entry.place):
            if (place.type_, place.id_) in seen:
                raise Invalid("Another entry writes the same resource")
        seen.add((place.type_, place.id_))


def _written(steps: Sequence[Step]) -> Iterator[tuple[Step, Place]]:
    yield from ((step, place) for step in steps for place in step.written)

"""A transaction: all entries or none, in the order that R4 gives to their methods.

https://hl7.org/fhir/R4/http.html#trules
"""

from collections.abc import Iterable, Sequence
from typing import Any

from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.fhir.json import dump
from fhirbridge.fhir.linking import conditional_references
from fhirbridge.rest.auditing import keep_with
from fhirbridge.rest.bundles.entry import Entry, entry_of, named
from fhirbridge.rest.bundles.identities import Identities, Step
from fhirbridge.rest.bundles.references import linked, moved
from fhirbridge.rest.create import conditional, creating
from fhirbridge.rest.delete import prepare_delete
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.incoming import of_type
from fhirbridge.rest.patch import prepare_patch
from fhirbridge.rest.routing import Routing
from fhirbridge.rest.server import Server
from fhirbridge.rest.update import updating
from fhirbridge.rest.validation import check_valid
from fhirbridge.rest.writing import Unit, writing
from fhirbridge.store.transaction import Transaction

# Rank of a method: PUT and PATCH go together, as do GET and HEAD, each in the order of the entries.
RANK = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}
VERSIONED = b"_history"
Prepared = list[tuple[Step, Unit]]


def transaction(
    given: Iterable[Any],
    routing: Routing,
    request: FhirRequest,
    principal: Principal,
    server: Server,
) -> list[FhirResponse]:
    """Return the answer to each entry, in their order, when all are done.

    Raises what the first entry that fails raises, naming it; then nothing is stored.
    """
    bundle = _Transaction(routing, request, principal, server)
    steps = [bundle.step(one, number) for number, one in enumerate(given)]
    # What needs no look at other data is prepared before anybody has to wait for the transaction.
    ready = None if any(map(_needs_data, steps)) else bundle.prepared(steps, None)

    def unit(tx: Transaction) -> list[FhirResponse]:
        responses = bundle.run(ready or bundle.prepared(steps, tx), tx)
        keep_with(tx, request, FhirResponse(200), principal, server)
        return responses

    return server.store.run(unit)


def _needs_data(step: Step) -> bool:
    if step.conditional:
        return True
    resource = step.entry.resource
    return b"?" in dump(resource) and next(conditional_references(resource), None) is not None


class _Transaction:
    def __init__(
        self, routing: Routing, request: FhirRequest, principal: Principal, server: Server
    ) -> None:
        self._routing = routing
        self._outer = request
        self._principal = principal
        self._server = server
        self._base_url = server.base(request)

    def step(self, given: Any, number: int) -> Step:
        """Return what an entry asks; raises Invalid, NotFound and the like, naming it."""
        entry = entry_of(given, number, self._base_url)
        with named(entry.place):
            match = self._routing.find(entry.method, entry.path)
            if entry.method == "POST" and match.route.path != f"/{match.route.type_}":
                raise NotSupported("Only creates may be posted in a transaction")
            if entry.method in {"POST", "PUT"} and entry.resource is None:
                raise Invalid("The entry has no resource")
            return Step(entry, match.told(entry.request(self._outer)))

    def prepared(self, steps: Sequence[Step], tx: Transaction | None) -> Prepared:
        """Return what does each step, all links between them resolved; raises naming the entry."""
        context = self._server.context(self._base_url)
        # A link to a version of what is written needs to know which that will be.
        versioned = VERSIONED in self._outer.body
        known = Identities(self._principal, self._server, context, versioned=versioned).of(
            steps, tx
        )
        found = []
        ours = (self._principal, self._server, self._base_url)
        for step in linked(known, *ours) if tx else moved(known):
            with named(step.entry.place):
                found.append((step, self._unit(step)))
        return found

    def run(self, prepared: Prepared, tx: Transaction) -> list[FhirResponse]:
        """Return the answers, in the order of the entries."""
        tx.lock(*((one.type_, one.id_) for step, _ in prepared for one in step.written))
        done: dict[int, FhirResponse] = {}
        for step, unit in sorted(prepared, key=lambda one: RANK[one[0].entry.method]):
            with named(step.entry.place):
                done[step.entry.number] = unit(tx)
        return [done[number] for number in sorted(done)]

    def _unit(self, step: Step) -> Unit:
        match step.entry.method:
            case "DELETE":
                return prepare_delete(step.request, self._principal, self._server)
            case "PATCH":
                return prepare_patch(step.request, self._principal, self._server)
            case "POST":
                write = writing("create", step.request, self._principal, self._server)
                return creating(conditional(write), _resource(step.entry, step.request))
            case "PUT":
                return self._update(step)
            case _:
                return self._read(step)

    def _update(self, step: Step) -> Unit:
        write = writing("update", step.request, self._principal, self._server)
        resource = _resource(step.entry, step.request)
        if not step.fresh:
            return updating(write, resource)
        check_valid(resource)
        return lambda tx: write.put(tx, resource, None)

    def _read(self, step: Step) -> Unit:
        answer = self._routing.find(step.entry.method, step.entry.path).route.answer
        head = step.entry.method == "HEAD"

        def unit(_: Transaction) -> FhirResponse:
            response = answer(step.request, self._server)
            return response._replace(body=b"") if head else response

        return unit


def _resource(entry: Entry, request: FhirRequest) -> dict[str, Any]:
    """Return the content of an entry, checked to be of the type of its address."""
    return of_type(entry.resource or {}, request.type_)

"""What all writes share: who asks, what they may see of what they change, and the answer.

A write is prepared first (rights, format, content: no data is looked at) and gives a `Unit`, which
does it inside a transaction; so a single request and a transaction's entry are one and the same.
https://hl7.org/fhir/R4/http.html#ops
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import Write, require, require_conditional
from fhirbridge.fhir.errors import MethodNotAllowed, Unavailable
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.rest import precondition
from fhirbridge.rest.auditing import together
from fhirbridge.rest.criteria import query_of, several
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.query_string import pairs
from fhirbridge.rest.referring import check_references
from fhirbridge.rest.server import Server
from fhirbridge.rest.written import Answering, written
from fhirbridge.search.query import PermittedQuery, Query, by_id
from fhirbridge.store.stored import Put, Stored
from fhirbridge.store.transaction import Transaction
from fhirbridge.store.writing import ABSENT

Unit = Callable[[Transaction], FhirResponse]
Prepare = Callable[[FhirRequest, Principal, Server], Unit]
Interaction = Callable[[FhirRequest, Principal, Server], FhirResponse]
READABLE = "GET, HEAD, OPTIONS"
# How often criteria are asked again because what matched was changed meanwhile.
LOOKS = 5


def done(prepare: Prepare) -> Interaction:
    """Return the interaction that prepares a write and does it in a transaction of its own."""

    def interaction(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
        return together(prepare(request, principal, server), request, principal, server)

    return interaction


def new_id() -> str:
    """Return the id of a new resource: random, so that it tells nothing."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Writing:
    """One write that was asked for; `criteria` say which resource, if its address does not."""

    interaction: Write
    request: FhirRequest
    principal: Principal
    server: Server
    answering: Answering
    criteria: Query | None = None

    @property
    def definition(self) -> ResourceDefinition:
        """The type's definition."""
        return self.server.definitions[self.request.type_]

    def seen(self, id_: str) -> Stored | None:
        """Return the resource as its writer may see it, also when deleted; None: not visible."""
        return self.server.store.read(self._permitted(id_))

    def _permitted(self, id_: str) -> PermittedQuery:
        query = by_id(self.request.type_, id_)
        return permit(query, self.definition, self.principal, self.interaction)

    def locked(self, tx: Transaction, id_: str) -> Stored | None:
        """Return the resource, which nobody else changes until the transaction ends."""
        return self.seen(id_) if tx.lock((self.request.type_, id_)) else None

    def matches(self, most: int) -> list[Stored]:
        """Return up to `most` resources that fulfil the criteria, among those that may be seen."""
        assert self.criteria is not None  # noqa: S101 - asked only of a conditional write
        query = replace(self.criteria, count=most)
        permitted = permit(query, self.definition, self.principal)
        return list(self.server.store.search(permitted).matches)

    def match(self, tx: Transaction) -> Stored | None:
        """Return the one resource that fulfils the criteria, locked; None when none does.

        Until the transaction ends no other conditional write of the type finds its matches. Raises
        SeveralMatch.
        """
        tx.alone(f"conditional {self.request.type_}")
        for _ in range(LOOKS):
            found = self.matches(2)
            if len(found) > 1:
                raise several()
            if not found or self.locked(tx, found[0].id_) == found[0]:
                return found[0] if found else None
        raise Unavailable("The resource is being changed too often")

    def check(self, stored: Stored | None) -> None:
        """Raise PreconditionFailed unless the resource is as the client expects it."""
        required = self.server.writes.require_if_match
        precondition.check(self.request.headers, stored, required=required)

    def check_ours(self, tx: Transaction, id_: str) -> None:
        """Raise MethodNotAllowed for a resource that a source owns."""
        if not self.definition.sources_own:
            return
        source = tx.records.source_of(self.request.type_, id_)
        if source is not None:
            error = MethodNotAllowed(f"This resource comes from {source} and is changed there")
            error.headers["Allow"] = READABLE
            raise error

    def put(self, tx: Transaction, resource: dict[str, Any], stored: Stored | None) -> FhirResponse:
        """Store `resource` in the place of `stored` and return the answer."""
        self.check(stored)
        if stored is not None:
            self.check_ours(tx, stored.id_)
        base_url = self.answering.base_url
        check_references(resource, self.principal, self.server, base_url)
        fresh = self.request.headers.get("if-none-match", "").strip() == "*"
        now = self.server.clock()
        put = tx.put(resource, now=now, expected=ABSENT if fresh else None)
        return written(put, resource["id"], self.answering, self._after(put, resource["id"]))

    def _after(self, put: Put, id_: str) -> Stored | None:
        """Return what the writer may see of what was put, read back only if that is a question."""
        permitted = self._permitted(id_)
        everything = permitted.visibility.whole and not permitted.as_patient
        if everything and self.answering.without_resource:
            return put.told(self.request.type_, id_)
        return self.server.store.read(permitted)


def writing(
    interaction: Write, request: FhirRequest, principal: Principal, server: Server
) -> Writing:
    """Return the write of `request`, rights and address checked; raises as a read does."""
    definition = server.definitions[request.type_]
    conditional = not request.id_ and interaction != "create"
    (require_conditional if conditional else require)(principal, definition, interaction)
    answering = Answering.to(request, server, parameters=not conditional)
    criteria = None
    if conditional:
        base_url = answering.base_url
        criteria = query_of(pairs(request.query), request.type_, server, base_url)
    return Writing(interaction, request, principal, server, answering, criteria)

"""The delete interaction, by id or by criteria: https://hl7.org/fhir/R4/http.html#delete."""

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.rights import may_choose_id
from fhirbridge.rest.criteria import several
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.representation import ID, not_found
from fhirbridge.rest.server import Server
from fhirbridge.rest.writing import Unit, Writing, done, writing
from fhirbridge.rest.written import OUTCOME
from fhirbridge.store.stored import Stored
from fhirbridge.store.transaction import Transaction


def prepare_delete(request: FhirRequest, principal: Principal, server: Server) -> Unit:
    """Return what deletes the resource; raises what rights and parameters raise.

    Deleting what is not there succeeds, but for those to whom that would tell what is.
    """
    write = writing("delete", request, principal, server)

    def by_id(tx: Transaction) -> FhirResponse:
        named = ID.fullmatch(request.id_)
        stored = write.locked(tx, request.id_) if named else None
        if stored is None and not (named and may_choose_id(principal)):
            raise not_found()
        _delete(write, tx, stored)
        return _answer(write)

    def by_criteria(tx: Transaction) -> FhirResponse:
        for stored in _found(write, tx):
            _delete(write, tx, stored)
        return _answer(write)

    return by_id if write.criteria is None else by_criteria


def _found(write: Writing, tx: Transaction) -> list[Stored]:
    """Return what the criteria find: one at most, or all up to the largest page if that is set."""
    if not write.server.writes.delete_multiple:
        found = write.match(tx)
        return [] if found is None else [found]
    most = write.server.limits.max_count
    tx.alone(f"conditional {write.request.type_}")
    matches = write.matches(most + 1)
    if len(matches) > most:
        raise several()
    return matches


def _delete(write: Writing, tx: Transaction, stored: Stored | None) -> None:
    write.check(stored)
    if stored is not None and not stored.deleted:
        write.check_ours(tx, stored.id_)
        tx.delete(stored.type_, stored.id_, now=write.server.clock())


def _answer(write: Writing) -> FhirResponse:
    if write.answering.wanted == OUTCOME:
        return write.answering.told("deleted", 200)
    return FhirResponse(204)


delete = done(prepare_delete)

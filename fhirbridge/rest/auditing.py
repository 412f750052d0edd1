"""Who asked for what, told before the answer leaves: the one place where requests are recorded.

Every route that asks who the client is goes through `audited`, those of both fronts and the entries
of a Bundle alike. No record, no answer. `docs/audit.md` says what is promised.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.staff import HEADER
from fhirbridge.auth.tokens import grant_of
from fhirbridge.fhir.errors import FhirError
from fhirbridge.rest.credentials import check_no_token_in_parameters
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.request_id import accepted
from fhirbridge.rest.server import Server
from fhirbridge.store.audit.entry import COMPARTMENT, Entry
from fhirbridge.store.transaction import Transaction

Interaction = Callable[[FhirRequest, Principal, Server], FhirResponse]
Answer = Callable[[FhirRequest, Server], FhirResponse]
Unit = Callable[[Transaction], FhirResponse]

REFUSED, FAILED = 400, 500
NOBODY = ("", None, None, None, "")
# As much of a search is kept; a form can be as large as a body.
LONGEST_QUERY = 64 * 1024
LONGEST_ID = 64
# What is asked for by id and answered with nothing else.
BY_ID = frozenset({"read", "vread", "history-instance"})
OPERATION, BATCH, TRANSACTION = "operation", "batch", "transaction"
SEARCHES = frozenset({"search-type", "search-system", COMPARTMENT})
IS_BATCH = b'"batch-response"'
WRITES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
PAGES = (
    b'{"resourceType":"Bundle","type":"searchset"',
    b'{"resourceType":"Bundle","type":"history"',
)
FULL_URL = b'"fullUrl":"'
FORWARDED = "x-forwarded-for"
FHIR_JSON = "application/fhir+json"
NOT_STORED = frozenset({"OperationOutcome", "Parameters", "Bundle"})


def audited(run: Interaction, interaction: str) -> Answer:
    """Return the answer that asks who the client is, does `run` and records both.

    `interaction` is R4's code, or ours for a search in a compartment. Raises LoginRequired, what
    `run` raises, and Unavailable when the request cannot be recorded.
    """

    def answer(request: FhirRequest, server: Server) -> FhirResponse:
        principal = None
        try:
            check_no_token_in_parameters(request)
            principal = server.authenticate(request.headers.get("authorization"))
            glass = request.headers.get(HEADER)
            if glass is not None or principal.practitioner is not None:
                principal = server.staff.admit(principal, glass, server.clock())
            response = run(request, principal, server)
        except Exception as error:
            status = error.status if isinstance(error, FhirError) else FAILED
            server.audit.record(_entry(interaction, request, principal, server, status))
            raise
        if not response.recorded:
            server.audit.record(_told(interaction, request, response, principal, server))
        return response

    return answer


def together(
    unit: Unit, request: FhirRequest, principal: Principal, server: Server
) -> FhirResponse:
    """Return what `unit` answers, done in a transaction that stores its record as well."""

    def both(tx: Transaction) -> FhirResponse:
        response = unit(tx)
        keep_with(tx, request, response, principal, server)
        return response

    return server.store.run(both)._replace(recorded=True)


def keep_with(
    tx: Transaction,
    request: FhirRequest,
    response: FhirResponse,
    principal: Principal,
    server: Server,
) -> None:
    """Let the transaction store the record of the write that it is; its answer is then `recorded`.

    The write of a whole Bundle has no type.
    """
    interaction = WRITES[request.method] if request.type_ else TRANSACTION
    entry = _told(interaction, request, response, principal, server)
    changed = (f"{type_}/{id_}" for type_, id_ in tx.changed)
    found = tuple(dict.fromkeys((*entry.found, *changed)))
    server.audit.keep(tx, entry._replace(found=found))


def _told(
    interaction: str,
    request: FhirRequest,
    response: FhirResponse,
    principal: Principal,
    server: Server,
) -> Entry:
    found = response.found
    if found is None:
        found = tuple(_found(interaction, response))
    if interaction == TRANSACTION and IS_BATCH in response.body[:100]:
        interaction = BATCH
    return _entry(interaction, request, principal, server, response.status, found)


def _entry(
    interaction: str,
    request: FhirRequest,
    principal: Principal | None,
    server: Server,
    status: int,
    found: tuple[str, ...] = (),
) -> Entry:
    """Return the entry; of a stranger's request nothing is kept that could be a token."""
    number = request.headers.get("x-request-id", "")
    return Entry(
        server.clock(),
        interaction,
        request.method,
        request.type_,
        request.id_[:LONGEST_ID],
        request.version[:LONGEST_ID],
        "" if principal is None else _query(interaction, request),
        status,
        *(NOBODY if principal is None else _who(principal)),
        _grant(request, principal),
        sender(request, server.proxies),
        number if accepted(number) else "",
        found,
        "" if principal is None else principal.emergency or "",
    )


def _who(principal: Principal) -> tuple[str, str | None, str | None, str | None, str]:
    scopes = str(principal.scopes)
    return principal.kind, principal.client, principal.user, principal.patient, scopes


def _query(interaction: str, request: FhirRequest) -> str:
    """Return the parameters of the address and of a form, still encoded."""
    if not request.body or interaction not in SEARCHES:
        return request.query
    form = request.body[:LONGEST_QUERY].decode("latin-1")
    return f"{request.query}&{form}" if request.query else form


def sender(request: FhirRequest, proxies: int) -> str:
    """Return where the request came from; only what our own proxies added is believed."""
    if proxies == 0:
        return request.address
    hops = request.headers.get(FORWARDED, "").split(",")
    named = hops[-proxies].strip() if proxies <= len(hops) else ""
    return named[:LONGEST_ID] or request.address


def _grant(request: FhirRequest, principal: Principal | None) -> str:
    """Return what stands for the token, which may not be one of ours or not be valid."""
    if principal is not None and principal.grant:
        return principal.grant
    token = request.headers.get("authorization", "").partition(" ")[2].strip()
    return grant_of(token) if token else ""


def _found(interaction: str, response: FhirResponse) -> Iterator[str]:
    """Yield the references of the resources that an answer carries.

    Read from the very bytes that leave, so that no interaction can forget one.
    """
    if interaction in BY_ID or response.status >= REFUSED:
        return
    place = response.header("Location")
    if place is not None:
        yield from _reference(place.partition("/_history/")[0])
    if response.body.startswith(PAGES):
        # In JSON a quote inside a string has a backslash before it: this is only ever the element.
        for piece in response.body.split(FULL_URL)[1:]:
            yield from _reference(piece[: piece.index(b'"')].decode())
    elif response.body and (response.header("Content-Type") or "").startswith(FHIR_JSON):
        yield from _inside(orjson.loads(response.body))


def _inside(resource: Any) -> Iterator[str]:
    """Yield the references of a resource or of what a Bundle holds, Bundles inside it too."""
    if not isinstance(resource, dict):
        return
    if resource.get("resourceType") not in NOT_STORED and "id" in resource:
        yield f"{resource['resourceType']}/{resource['id']}"
    if resource.get("resourceType") != "Bundle":
        return
    for entry in resource.get("entry", ()):
        yield from _reference(entry.get("fullUrl", ""))
        yield from _reference(entry.get("response", {}).get("location", "").split("/_history/")[0])
        yield from _inside(entry.get("resource"))


def _reference(url: str) -> Iterator[str]:
    """Yield the reference in an address of this server, if it is one."""
    parts = url.rsplit("/", 2)
    if len(parts) == 3:  # noqa: PLR2004 (base, type, id)
        yield f"{parts[1]}/{parts[2]}"

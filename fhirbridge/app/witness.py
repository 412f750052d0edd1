"""Logins and consents, told to the same trail as requests for data. `docs/audit.md`."""

from collections.abc import Callable

from fhirbridge.auth.smart.events import Event
from fhirbridge.store.audit.entry import Entry
from fhirbridge.store.audit.trail import Audit

DONE, REFUSED = 200, 403
REFUSALS = frozenset({"login-refused", "revocation-refused", "app-refused", "token-reused"})
LONGEST_ADDRESS = 64
PATIENT = "Patient"


def witness_of(audit: Audit) -> Callable[[Event], None]:
    """Return the witness that records in `audit`; it raises Unavailable when that fails."""
    return lambda event: audit.record(entry_of(event))


def entry_of(event: Event) -> Entry:
    """Return the entry; the patient of a consent is whom it concerns."""
    return Entry(
        event.time,
        event.kind,
        "",
        PATIENT if event.patient else "",
        event.patient or "",
        status=REFUSED if event.kind in REFUSALS else DONE,
        kind=_kind(event.fhir_user),
        client=event.client,
        user=event.fhir_user,
        patient=event.patient,
        scopes=event.scopes,
        address=event.address[:LONGEST_ADDRESS],
        found=tuple(f"{PATIENT}/{one}" for one in event.listed),
    )


def _kind(fhir_user: str | None) -> str:
    """Return the kind of principal that the person is; "" for nobody known."""
    if fhir_user is None:
        return ""
    return "patient" if fhir_user.startswith(f"{PATIENT}/") else "user"

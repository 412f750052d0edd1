"""A searchset, spliced from stored bytes: nothing is parsed or serialised again.

https://hl7.org/fhir/R4/bundle.html
"""

import uuid
from collections.abc import Iterable, Sequence

from fhirbridge.fhir.errors import Issue
from fhirbridge.fhir.json import dump
from fhirbridge.fhir.outcome import outcome
from fhirbridge.store import Stored


def searchset(
    base_url: str,
    matches: Iterable[Stored],
    *,
    links: Sequence[tuple[str, str]],
    total: int | None = None,
    outcomes: Sequence[Issue] = (),
) -> bytes:
    """Return the Bundle of one page. `links` are (relation, URL); URLs hold no quotes."""
    entries = [_match(base_url, stored) for stored in matches]
    if outcomes:
        entries.append(_outcome(outcomes))
    parts = [b'{"resourceType":"Bundle","type":"searchset"']
    if total is not None:
        parts.append(b',"total":%d' % total)
    parts.append(b',"link":[' + b",".join(_link(*link) for link in links) + b"]")
    if entries:
        parts.append(b',"entry":[' + b",".join(entries) + b"]")
    parts.append(b"}")
    return b"".join(parts)


def _match(base_url: str, stored: Stored) -> bytes:
    head = f'{{"fullUrl":"{base_url}/{stored.type_}/{stored.id_}","resource":'
    return b"".join((head.encode(), stored.body, b',"search":{"mode":"match"}}'))


def _link(relation: str, url: str) -> bytes:
    return f'{{"relation":"{relation}","url":"{url}"}}'.encode()


def _outcome(issues: Sequence[Issue]) -> bytes:
    """Return the entry that tells `issues`; its id follows from what it says."""
    said = outcome(issues)
    id_ = str(uuid.uuid5(uuid.NAMESPACE_OID, dump(said).decode()))
    resource = {"resourceType": "OperationOutcome", "id": id_, "issue": said["issue"]}
    return dump({"fullUrl": f"urn:uuid:{id_}", "resource": resource, "search": {"mode": "outcome"}})

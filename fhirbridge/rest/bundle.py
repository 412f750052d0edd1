"""A searchset, spliced from stored bytes: nothing is parsed or serialised again.

https://hl7.org/fhir/R4/bundle.html
"""

import uuid
from collections.abc import Iterable, Sequence

from fhirbridge.fhir.errors import Issue
from fhirbridge.fhir.json import dump
from fhirbridge.fhir.outcome import outcome
from fhirbridge.store.stored import Stored


def searchset(
    base_url: str,
    matches: Iterable[Stored],
    *,
    links: Sequence[tuple[str, str]],
    total: int | None = None,
    included: Iterable[Stored] = (),
    outcomes: Sequence[Issue] = (),
) -> bytes:
    """Return the Bundle of one page. `links` are (relation, URL); URLs hold no quotes."""
    parts = [b'{"resourceType":"Bundle","type":"searchset"']
    if total is not None:
        parts.append(b',"total":%d' % total)
    parts.append(b',"link":[' + b",".join(link(*one) for one in links) + b"]")
    entries = _entries(base_url, matches, included, outcomes)
    if entries:
        parts += (b',"entry":[', *entries, b"]")
    parts.append(b"}")
    return b"".join(parts)


def references(rows: Iterable[Stored]) -> list[str]:
    """Return the references of `rows`, as the addresses of their entries end."""
    return [f"{stored.type_}/{stored.id_}" for stored in rows]


def _entries(
    base_url: str,
    matches: Iterable[Stored],
    included: Iterable[Stored],
    outcomes: Sequence[Issue],
) -> list[bytes]:
    """Return the pieces of the entries, commas between them; bodies are copied once, at the end."""
    pieces: list[bytes] = []
    comma = ""
    for mode, rows in ((b"match", matches), (b"include", included)):
        tail = b',"search":{"mode":"%s"}}' % mode
        for stored in rows:
            head = f'{comma}{{"fullUrl":"{base_url}/{stored.type_}/{stored.id_}","resource":'
            pieces += (head.encode(), stored.body, tail)
            comma = ","
    if outcomes:
        pieces += (comma.encode(), _outcome(outcomes))
    return pieces


def link(relation: str, url: str) -> bytes:
    """Return one link of a Bundle; `url` holds no quotes."""
    return f'{{"relation":"{relation}","url":"{url}"}}'.encode()


def _outcome(issues: Sequence[Issue]) -> bytes:
    """Return the entry that tells `issues`; its id follows from what it says."""
    said = outcome(issues)
    id_ = str(uuid.uuid5(uuid.NAMESPACE_OID, dump(said).decode()))
    resource = {"resourceType": "OperationOutcome", "id": id_, "issue": said["issue"]}
    return dump({"fullUrl": f"urn:uuid:{id_}", "resource": resource, "search": {"mode": "outcome"}})

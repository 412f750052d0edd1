"""A searchset, spliced from stored bytes: nothing is parsed or serialised again.

https://hl7.org/fhir/R4/bundle.html
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fhirbridge.fhir.errors import Issue
from fhirbridge.fhir.json import dump
from fhirbridge.fhir.outcome import outcome
from fhirbridge.store.found import bodies, references
from fhirbridge.store.stored import Stored

ENTRIES = b',"entry":['
# https://hl7.org/fhir/R4/valueset-search-entry-mode.html
MATCH, INCLUDE = b"match", b"include"


class Part(NamedTuple):
    """Entries of one mode: the references by which their addresses end, and their bodies."""

    mode: bytes
    references: list[str]
    bodies: list[bytes]


def matched(rows: Sequence[Stored]) -> Part:
    """Return the entries of what a search found."""
    return Part(MATCH, references(rows), bodies(rows))


def included(rows: Sequence[Stored]) -> Part:
    """Return the entries of what stands beside that."""
    return Part(INCLUDE, references(rows), bodies(rows))


def searchset(
    base_url: str,
    parts: Iterable[Part],
    *,
    links: Sequence[tuple[str, str]],
    total: int | None = None,
    outcomes: Sequence[Issue] = (),
) -> bytes:
    """Return the Bundle of one page. `links` are (relation, URL); URLs hold no quotes."""
    pieces = [b'{"resourceType":"Bundle","type":"searchset"']
    if total is not None:
        pieces.append(b',"total":%d' % total)
    pieces.append(b',"link":[' + b",".join([link(*one) for one in links]) + b"]")
    beginning = ENTRIES
    for part in parts:
        if part.bodies:
            pieces += _entries(base_url, part, beginning)
            beginning = b","
    if outcomes:
        pieces += (beginning, _outcome(outcomes))
    pieces.append(b"}" if beginning is ENTRIES and not outcomes else b"]}")
    return b"".join(pieces)


def _entries(base_url: str, part: Part, beginning: bytes) -> list[bytes]:
    """Return the pieces of the entries, commas between them; bodies are copied once, at the end."""
    tail = b',"search":{"mode":"%s"}}' % part.mode
    head = b'{"fullUrl":"%s/' % base_url.encode()
    count = len(part.bodies)
    pieces = [tail + b"," + head, b"", b'","resource":', b""] * count
    pieces[0] = beginning + head
    # A reference holds no line feed.
    pieces[1::4] = "\n".join(part.references).encode().split(b"\n")
    pieces[3::4] = part.bodies
    pieces.append(tail)
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

"""Records as they arrived, and as they are read again from what was kept."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir import json
from fhirbridge.sources.answer import Document, Fetched
from fhirbridge.sources.words import Stream

PARAMETER = re.compile(r"\{(\w+)[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record: its key, the bytes to keep, when it came (µs)."""

    key: str
    body: bytes
    received: int


def of_list(fetched: Fetched) -> Iterator[Arrival]:
    """Yield the records of a list, in order of their keys: a source may list them in any order.

    A record without key fields has its content's hash for a key, so none is lost.
    """
    pairs = zip(fetched.keys, fetched.items, strict=True)
    for key, item in sorted(pairs, key=lambda pair: pair[0] or ""):
        yield Arrival(key or "", json.dump(item), fetched.received)


def of_document(document: Document) -> Arrival:
    """Return the record that a file is: its bytes."""
    return Arrival(document.key, document.data, document.received)


def parameters(stream: Stream, key: str) -> dict[str, str]:
    """Return the parameters of the request that the record's key was made of.

    Mapping and re-mapping see the same ones: those in the key, in the key's spelling.
    """
    parts = dict(zip(stream.key, key.split("|"), strict=False))
    found = ((PARAMETER.fullmatch(term), part) for term, part in parts.items())
    return {match[1]: part for match, part in found if match}


def content(stream: Stream, key: str, body: bytes) -> dict[str, Any]:
    """Return the record as mappings read it; a file becomes `data`, its type and its ids.

    `{order}` in the key of a file is `order_id` of the record.
    """
    if stream.expect is None:
        record: dict[str, Any] = json.parse(body)
        return record
    ids: Mapping[str, str] = parameters(stream, key)
    return {
        **{f"{name}_id": value for name, value in ids.items()},
        "content_type": stream.expect.content_type,
        "data": body,
    }

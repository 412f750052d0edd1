"""The resources of a piece: a line each, a single one, or the entries of a Bundle."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fhirbridge.fhir import json
from fhirbridge.fhir.errors import FhirError, Issue
from fhirbridge.sync.loading.pieces import Piece

Resource = dict[str, Any]


class Found(NamedTuple):
    """One JSON object of a piece: where it stands, and the object or what is wrong with it."""

    place: str
    content: Resource | None
    issues: tuple[Issue, ...] = ()


def found(piece: Piece) -> Iterator[Found]:
    """Yield the objects of a piece in order, those that cannot be read among them."""
    content = piece.read()
    if not piece.line:
        yield _parsed(piece.path, content)
        return
    for number, line in enumerate(content.split(b"\n"), piece.line):
        if line.strip():
            yield _parsed(f"{piece.path}:{number}", line)


def _parsed(place: str, content: bytes) -> Found:
    try:
        parsed = json.parse(content)
    except FhirError as error:
        return Found(place, None, error.issues)
    if not isinstance(parsed, dict):
        issue = Issue("error", "structure", "Not a resource: a JSON object is expected.")
        return Found(place, None, (issue,))
    return Found(place, parsed)

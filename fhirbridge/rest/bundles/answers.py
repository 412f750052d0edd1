"""The answer to each entry and the Bundle of all: https://hl7.org/fhir/R4/bundle.html#transaction."""

from collections.abc import Sequence

from fhirbridge.fhir.instant import to_instant
from fhirbridge.fhir.json import dump
from fhirbridge.rest.exchange import FhirResponse
from fhirbridge.rest.wsgi import STATUS_LINES

# From this status on the body is the OperationOutcome of a refusal.
REFUSED = 400


def response_bundle(type_: str, responses: Sequence[FhirResponse]) -> bytes:
    """Return the Bundle of that type with an entry for each response, in their order."""
    head = f'{{"resourceType":"Bundle","type":"{type_}"'.encode()
    if not responses:
        return head + b"}"
    entries = b",".join(_entry(response) for response in responses)
    return head + b',"entry":[' + entries + b"]}"


def _entry(response: FhirResponse) -> bytes:
    """Return the entry; bodies are spliced in, not parsed."""
    said: dict[str, str] = {"status": STATUS_LINES[response.status]}
    for name, header in (("location", "Location"), ("etag", "ETag")):
        value = response.header(header)
        if value is not None:
            said[name] = value
    if response.updated is not None:
        said["lastModified"] = to_instant(response.updated)
    told = b'"response":' + dump(said)
    if not response.body:
        return b"{" + told + b"}"
    if response.status >= REFUSED or response.tells:
        return b"{" + told[:-1] + b',"outcome":' + response.body + b"}}"
    return b'{"resource":' + response.body + b"," + told + b"}"

"""Reading a Binary: its content as it is, unless FHIR's own format is asked for.

https://hl7.org/fhir/R4/binary.html#rest
"""

import re
from base64 import b64decode
from typing import Any

from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import NotAcceptable
from fhirbridge.fhir.json import parse
from fhirbridge.rest import negotiation
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.query_string import Pairs
from fhirbridge.rest.read import found, permitted_read
from fhirbridge.rest.representation import known, not_modified, represented, style, validators_of
from fhirbridge.rest.server import Server
from fhirbridge.store.stored import Stored

# Anything else a source calls itself could be a script: it goes out as bytes to be saved.
HARMLESS = frozenset(
    {
        "application/pdf", "application/dicom", "application/rtf", "text/plain", "text/csv",
        "text/rtf", "image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff",
        "image/webp", "audio/mpeg", "audio/ogg", "video/mp4", "video/mpeg",
    }
)  # fmt: skip
CHARSET = re.compile(r"; ?charset=[A-Za-z0-9_\-]{1,40}$", re.ASCII)
BYTES = "application/octet-stream"
GUARDS = (
    ("Content-Disposition", "attachment"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
)
FHIR_TYPES = frozenset({"application/fhir+json", "application/fhir+xml", "application/json+fhir"})


def read_binary(request: FhirRequest, principal: Principal, server: Server) -> FhirResponse:
    """Return the content or the resource; raises like `read`, NotAcceptable when neither does."""
    permitted = permitted_read(request, principal, server)
    given = style(request)
    accept = request.headers.get("accept") or "*/*"
    if _names_fhir(accept, given):
        indent = negotiation.pretty(accept, given)
        return represented(found(permitted, request, server), request, indent=indent)
    stored = found(permitted, request, server)
    content = parse(stored.body)
    media_type = _media_type(content)
    if negotiation.quality_of(accept, media_type) > 0:
        return _native(stored, content, media_type, request)
    if not negotiation.accepts_json(accept):
        raise NotAcceptable(f"This Binary is {media_type}, or application/fhir+json")
    return represented(stored, request, indent=negotiation.pretty(accept, given))


def _native(
    stored: Stored, content: dict[str, Any], media_type: str, request: FhirRequest
) -> FhirResponse:
    validators = validators_of(stored)
    if known(request, stored, validators):
        return not_modified(validators)
    charset = CHARSET.search(str(content.get("contentType", "")))
    named = media_type + (charset[0] if charset and media_type.startswith("text/") else "")
    headers = (("Content-Type", named), *GUARDS, *validators)
    return FhirResponse(200, b64decode(content.get("data", "")), headers)


def _media_type(content: dict[str, Any]) -> str:
    declared = str(content.get("contentType", "")).partition(";")[0].strip().lower()
    return declared if declared in HARMLESS else BYTES


def _names_fhir(accept: str, given: Pairs) -> bool:
    if any(name == "_format" and value for name, value in given):
        return True
    return any(
        name in FHIR_TYPES and quality > 0 for name, _, quality in negotiation.ranges(accept)
    )

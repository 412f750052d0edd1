"""Words for documents: https://hl7.org/fhir/R4/datatypes.html#Attachment."""

import base64
import hashlib
from typing import Any

from fhirbridge.mapping.errors import Refused

MAGIC = b"%PDF-"


def pdf(value: Any) -> str:
    """Return a PDF (bytes or base64) as base64; raises Refused when it is no PDF."""
    content = _content(value)
    if not content.startswith(MAGIC):
        raise Refused("not-a-pdf", "the document does not begin as a PDF")
    return base64.b64encode(content).decode()


def sha1(value: Any) -> str:
    """Return the SHA-1 of the document in base64, as Attachment.hash wants it."""
    digest = hashlib.sha1(_content(value), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def size(value: Any) -> int:
    """Return the number of bytes of the document."""
    return len(_content(value))


def _content(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(str(value or ""), validate=True)
    except ValueError:
        raise Refused("not-a-document", "neither bytes nor base64") from None

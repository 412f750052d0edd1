"""If-Match and If-None-Match of a write: https://hl7.org/fhir/R4/http.html#concurrency.

Asked only about a resource the caller may see: visibility comes first.
"""

from collections.abc import Mapping

from fhirbridge.fhir.errors import FhirError, PreconditionFailed
from fhirbridge.rest.conditional import opaque
from fhirbridge.store.stored import Stored


class PreconditionRequired(FhirError):  # noqa: N818 - as its family in fhir.errors
    """A write that must say which version it changes: https://www.rfc-editor.org/rfc/rfc6585."""

    status = 428
    code = "conflict"


def check(headers: Mapping[str, str], stored: Stored | None, *, required: bool = False) -> None:
    """Raise PreconditionFailed unless `stored` (None: there is none) is what the client expects.

    Tags compare weakly, quotes or not. Raises PreconditionRequired when `required` and an existing
    resource is to be changed without an If-Match.
    """
    exists = stored is not None and not stored.deleted
    match = headers.get("if-match")
    if match is None and required and exists:
        raise PreconditionRequired("If-Match must name the version that is changed")
    if match is not None and not _named(match, stored, exists=exists):
        raise PreconditionFailed("The resource has another version")
    none = headers.get("if-none-match")
    if none is not None and _named(none, stored, exists=exists):
        raise PreconditionFailed("The resource is there already")


def _named(tags: str, stored: Stored | None, *, exists: bool) -> bool:
    if tags.strip() == "*":
        return exists
    return stored is not None and opaque(stored.etag) in map(opaque, tags.split(","))

"""The resource in a request's body: in which format, of which type, and without what is ours.

https://hl7.org/fhir/R4/http.html#mime-type
"""

from typing import Any

from fhirbridge.fhir.errors import Invalid, UnsupportedMediaType
from fhirbridge.fhir.json import parse
from fhirbridge.rest import negotiation
from fhirbridge.rest.exchange import FhirRequest

# In meta they are the server's to say.
SERVERS_OWN = frozenset({"versionId", "lastUpdated"})
LEVELS = 64
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})


def media_type(request: FhirRequest) -> str:
    """Return the media type of the body, lower case; "" when the client names none.

    Raises UnsupportedMediaType for another FHIR version, a compressed body or one not in UTF-8.
    """
    check_not_encoded(request)
    declared = request.headers.get("content-type", "")
    ((name, parameters, _),) = negotiation.ranges(declared)[:1] or [("", {}, 0.0)]
    if parameters.get("charset", "utf-8") not in CHARSETS:
        raise UnsupportedMediaType("Resources are sent as UTF-8")
    if parameters.get("fhirversion", "4.0") not in negotiation.VERSIONS:
        raise UnsupportedMediaType("This server speaks FHIR 4.0")
    return name


def check_not_encoded(request: FhirRequest) -> None:
    """Raise UnsupportedMediaType for a compressed body, which would be stored as it is.

    https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16
    """
    if request.headers.get("content-encoding", "").strip().lower() not in {"", "identity"}:
        error = UnsupportedMediaType("Bodies are sent without a Content-Encoding")
        error.headers["Accept-Encoding"] = "identity"
        raise error


def type_named(request: FhirRequest) -> str:
    """Return the media type that the client names, whatever its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_fhir(name: str) -> bool:
    """Return whether a body of that media type is a resource in JSON: without a name it is."""
    return name in negotiation.JSON_TYPES or not name


def resource_of(request: FhirRequest, levels: int = LEVELS) -> dict[str, Any]:
    """Return the resource in the body, of the type in the address, without the server's own meta.

    It may nest `levels` deep. Raises UnsupportedMediaType for what is not JSON, Invalid for what is
    not that resource.
    """
    if not is_fhir(media_type(request)):
        raise UnsupportedMediaType("Resources are sent as application/fhir+json")
    return of_type(object_in(request.body, levels), request.type_)


def object_in(body: bytes, levels: int = LEVELS) -> dict[str, Any]:
    """Return the JSON object in `body`; raises Invalid."""
    found = parse(body, max_depth=levels)
    if not isinstance(found, dict):
        raise Invalid("The body is not a resource")
    return found


def of_type(resource: dict[str, Any], type_: str) -> dict[str, Any]:
    """Return `resource` without version and time; raises Invalid when it is of another type."""
    if resource.get("resourceType") != type_:
        raise Invalid(f"The body is not a {type_}", expression=(f"{type_}.resourceType",))
    meta = resource.get("meta")
    if not isinstance(meta, dict) or meta.keys().isdisjoint(SERVERS_OWN):
        return resource
    rest = {name: value for name, value in meta.items() if name not in SERVERS_OWN}
    kept = {name: value for name, value in resource.items() if name != "meta" or rest}
    return {**kept, "meta": rest} if rest else kept


def with_id(resource: dict[str, Any], id_: str) -> dict[str, Any]:
    """Return `resource` with that id, which follows the type."""
    rest = {name: value for name, value in resource.items() if name not in {"resourceType", "id"}}
    return {"resourceType": resource["resourceType"], "id": id_, **rest}

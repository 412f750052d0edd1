"""The capabilities interaction, open to all: https://hl7.org/fhir/R4/http.html#capabilities."""

from hashlib import sha256

from fhirbridge.fhir.errors import NotSupported
from fhirbridge.fhir.json import dump, parse
from fhirbridge.rest import negotiation
from fhirbridge.rest.capability import statement
from fhirbridge.rest.conditional import unchanged
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.preferences import lenient
from fhirbridge.rest.query_string import pairs
from fhirbridge.rest.representation import PARTS, STYLE, not_modified
from fhirbridge.rest.server import Server
from fhirbridge.rest.subset import subset
from fhirbridge.search.result import shown, unsupported, wrong

STATEMENT = "CapabilityStatement"
KNOWN = STYLE | PARTS | {"mode"}


def capabilities(request: FhirRequest, server: Server) -> FhirResponse:
    """Return the CapabilityStatement, or 304; `mode=full` and `normative` are the same one here.

    Raises NotSupported for `mode=terminology` and for what it does not know, unless the client is
    lenient, and what the representation raises.
    """
    given = pairs(request.query)
    unknown = sorted({name for name, value in given if value} - KNOWN - server.ignored)
    if unknown and not lenient(request.headers.get("prefer")):
        text = f"Parameters not supported here: {', '.join(map(shown, unknown))}"
        raise NotSupported(text, expression=tuple(f"http.{name[:64]}" for name in unknown))
    part = subset(given, (STATEMENT,))
    if part.summary == "count":
        raise wrong("_summary", "count is for searches")
    indent = negotiation.pretty(request.headers.get("accept"), given)
    if any(name == "mode" and value not in {"", "full", "normative"} for name, value in given):
        raise unsupported("mode", "full and normative are served")
    told = statement(server, server.base(request))
    if not part.whole:
        told = parse(part.of(dump(told)))
    body = dump(told, pretty=indent)
    etag = ("ETag", f'W/"{sha256(body).hexdigest()[:32]}"')
    if unchanged(request.headers, etag[1], None):
        return not_modified((etag,))
    return fhir_json(body, etag)

"""One request through one interaction: errors become answers, every answer gets its headers.

Both fronts, Flask and the fast path, call `serve` and send what it returns.
"""

from fhirbridge.fhir.errors import FhirError
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.refusal import failure, refusal
from fhirbridge.rest.request_id import accepted
from fhirbridge.rest.routes import Answer
from fhirbridge.rest.server import Server

EXPOSED = "ETag, Location, Content-Location, Last-Modified, X-Request-Id, X-Sources-Read-At"
ALWAYS = (
    ("Cache-Control", "no-store, private"),
    ("Vary", "Authorization, Accept, Prefer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", EXPOSED),
)
# Where the public address is one of https: https://www.rfc-editor.org/rfc/rfc6797.
ALWAYS_SECURE = (*ALWAYS, ("Strict-Transport-Security", "max-age=31536000"))
BODYLESS = frozenset({204, 304})


def serve(answer: Answer, request: FhirRequest, server: Server) -> FhirResponse:
    """Return what `answer` says to `request`, complete; never raises."""
    try:
        response = answer(request, server)
    except FhirError as error:
        response = refusal(error)
    except Exception as error:  # noqa: BLE001 - the last net: a client never sees a traceback
        response = failure(error)
    return finished(response, request, secure=server.secure)


def finished(response: FhirResponse, request: FhirRequest, *, secure: bool) -> FhirResponse:
    """Return `response` with the headers every answer has; without its body for HEAD."""
    headers = response.headers + (ALWAYS_SECURE if secure else ALWAYS)
    number = request.headers.get("x-request-id")
    if number is not None and accepted(number) and response.header("X-Request-Id") is None:
        headers += (("X-Request-Id", number),)
    if response.status not in BODYLESS:
        headers += (("Content-Length", str(len(response.body))),)
    body = b"" if request.method == "HEAD" else response.body
    return FhirResponse(response.status, body, headers)

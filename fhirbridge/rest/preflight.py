"""OPTIONS: what browsers ask before an app of another origin may call.

Any origin may: rights come from the token, never from a cookie.
https://fetch.spec.whatwg.org/#cors-preflight-request
"""

from collections.abc import Sequence

from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.routes import Answer
from fhirbridge.rest.server import Server

SENT = (
    "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist,"
    " If-None-Match, Origin, Prefer, X-Break-Glass, X-Request-Id, X-Requested-With,"
    " X-Security-Context"
)
REMEMBERED = "86400"


def preflight(methods: Sequence[str]) -> Answer:
    """Return the answer that lets `methods` and the headers of FHIR clients through."""
    allowed = ", ".join(("HEAD", "OPTIONS", *methods))
    response = FhirResponse(
        204,
        headers=(
            ("Allow", allowed),
            ("Access-Control-Allow-Methods", allowed),
            ("Access-Control-Allow-Headers", SENT),
            ("Access-Control-Max-Age", REMEMBERED),
        ),
    )

    def answer(request: FhirRequest, server: Server) -> FhirResponse:
        del request, server
        return response

    return answer

"""A batch: every entry on its own, through the same stack as a request of its own.

One that fails leaves the others be; references between entries are not resolved.
https://hl7.org/fhir/R4/http.html#transaction
"""

from collections.abc import Iterable
from typing import Any

from fhirbridge.fhir.errors import FhirError
from fhirbridge.rest.bundles.entry import entry_of
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.refusal import failure, refusal
from fhirbridge.rest.routing import Routing
from fhirbridge.rest.server import Server


def batch(
    given: Iterable[Any], routing: Routing, request: FhirRequest, server: Server
) -> list[FhirResponse]:
    """Return the answer to each entry; raises only what the base URL does."""
    base_url = server.base(request)
    return [
        _answer(one, number, routing, request, server, base_url) for number, one in enumerate(given)
    ]


def _answer(
    given: Any,
    number: int,
    routing: Routing,
    outer: FhirRequest,
    server: Server,
    base_url: str,
) -> FhirResponse:
    try:
        entry = entry_of(given, number, base_url)
        match = routing.find(entry.method, entry.path)
        response = match.route.answer(match.told(entry.request(outer)), server)
    except FhirError as error:
        return refusal(error)
    except Exception as error:  # noqa: BLE001 - as `serve`: one entry's failure is its own
        return failure(error)
    return response._replace(body=b"") if entry.method == "HEAD" else response

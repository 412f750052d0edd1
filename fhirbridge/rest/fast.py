"""Plain reads and plain searches, answered before Flask by the same functions.

Flask costs four fifths of a request that needs no work. Whatever is unusual goes to it; a test
compares the two ways byte for byte.
"""

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from fhirbridge.rest.exchange import BASE
from fhirbridge.rest.routes import Answer, routes
from fhirbridge.rest.serve import serve
from fhirbridge.rest.server import Server
from fhirbridge.rest.wsgi import fhir_request, send

PLAIN = re.compile(BASE + r"/([A-Za-z]+)(?:/([A-Za-z0-9\-.]{1,64}))?", re.ASCII)
NOTHING = frozenset({"", "0"})


class FastPath:
    """A WSGI application in front of the one `behind` it, which answers all that is not plain."""

    def __init__(self, server: Server, behind: WSGIApplication) -> None:
        self._server = server
        self.behind = behind
        plain = [route for route in routes(server.definitions) if route.plain]
        self._reads = {r.type_: r.answer for r in plain if r.path.endswith("/<id_>")}
        self._searches = {r.type_: r.answer for r in plain if r.path == f"/{r.type_}"}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request in `environ`."""
        path = PLAIN.fullmatch(environ.get("PATH_INFO", ""))
        if path is None or environ["REQUEST_METHOD"] != "GET" or _has_body(environ):
            return self.behind(environ, start_response)
        type_, id_ = path.groups()
        answer: Answer | None = (self._searches if id_ is None else self._reads).get(type_)
        if answer is None:
            return self.behind(environ, start_response)
        request = fhir_request(environ, type_=type_, id_=id_ or "")
        return send(serve(answer, request, self._server), start_response)


def _has_body(environ: WSGIEnvironment) -> bool:
    return (
        environ.get("CONTENT_LENGTH", "") not in NOTHING
        or environ.get("HTTP_TRANSFER_ENCODING", "") not in NOTHING
    )

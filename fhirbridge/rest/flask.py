"""Flask around the interactions: it finds the route, reads the body and sends the answer.

What Flask itself refuses (unknown path, wrong method, too large a body) leaves as an
OperationOutcome too, after the same question who asks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from flask import Flask, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import (
    ClientDisconnected,
    HTTPException,
    LengthRequired,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from fhirbridge.fhir import errors
from fhirbridge.resources.definition import WRITE
from fhirbridge.rest.exchange import BASE, FhirResponse
from fhirbridge.rest.health import HEALTH
from fhirbridge.rest.preflight import preflight
from fhirbridge.rest.routes import Answer, Route, raising, refusing, routes
from fhirbridge.rest.serve import serve
from fhirbridge.rest.server import Server
from fhirbridge.rest.wsgi import STATUS_LINES, fhir_request

# Flask's own refusals; any other of its 4xx says that the request could not be read.
REFUSALS: dict[int, tuple[type[errors.FhirError], str]] = {
    404: (errors.NotFound, "There is no such path; types and interactions are in /metadata"),
    405: (errors.MethodNotAllowed, "This path does not take that method"),
    413: (errors.TooLarge, "The body is larger than this server takes"),
}
UNREADABLE = (errors.Invalid, "The request could not be read")
# Set by servers that end the input where a chunked body ends; without it Flask reads nothing.
ENDS = "wsgi.input_terminated"
BODYLESS = frozenset({"GET", "HEAD"})
TOO_LARGE = 413
MOST_DRAINED = 4  # times the limit
PIECE = 64 * 1024
TYPE = "<>"  # stands where a path names its type
View = Callable[..., Response]


def bind(app: Flask, server: Server) -> None:
    """Add to `app` every route of `server`, and its ways to refuse."""
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    # One more than the limit: a chunked body is cut there in silence, and so can be told.
    app.config["MAX_CONTENT_LENGTH"] = server.limits.max_body + 1
    table = list(routes(server.definitions))
    for (method, path), of_type in _rules(table).items():
        _add(app, BASE + path, method, _view(of_type, server))
    for path, answer in HEALTH.items():
        _add(app, path, "GET", _view({"": Route("GET", path, "", answer)}, server))
    # Known places refuse a method they do not take; only unknown ones are not found.
    known = [Route("OPTIONS", "", "", preflight(()))]
    known += [Route("OPTIONS", f"/{type_}", type_, preflight(())) for type_ in server.definitions]
    for (method, path), of_type in _rules(known).items():
        _add(app, BASE + path, method, _view(of_type, server))
    _look_first(app, server, tuple(sorted({route.method for route in table})))
    _refuse(app, server)


def _add(app: Flask, path: str, method: str, view: View) -> None:
    app.add_url_rule(
        path, f"{method} {path}", view, methods=[method], provide_automatic_options=False
    )


def _rules(table: Iterable[Route]) -> dict[tuple[str, str], dict[str, Route]]:
    """Return the routes of each method and path; one path for those that differ in the type alone.

    Routes without a type are under "". Hundreds of rules would take longer than all else at start.
    Of rules that fit the first is taken: what few types have comes before what all have.
    """
    found: defaultdict[tuple[str, str], dict[str, Route]] = defaultdict(dict)
    for route in table:
        parts = route.path.split("/")
        if route.type_ and parts.count(route.type_) == 1:
            parts[parts.index(route.type_)] = TYPE
            found[route.method, "/".join(parts)][route.type_] = route
        else:
            found[route.method, route.path][""] = route
    return {
        (method, path.replace(TYPE, f"<any({','.join(of_type)}):type_>")): of_type
        for (method, path), of_type in sorted(found.items(), key=lambda one: len(one[1]))
    }


def _view(of_type: Mapping[str, Route], server: Server) -> View:
    def view(type_: str = "", id_: str = "", version: str = "") -> Response:
        route = of_type[type_]
        body = b"" if request.method in BODYLESS else _body(server.limits.max_body)
        place = {"type_": route.type_, "id_": id_, "version": version}
        return _sent(serve(route.answer, fhir_request(request.environ, body=body, **place), server))

    return view


def _body(limit: int) -> bytes:
    """Return the whole body.

    Raises LengthRequired when the server cannot say where it ends, ClientDisconnected when part of
    it is missing, RequestEntityTooLarge past `limit` bytes.
    """
    chunked = "Transfer-Encoding" in request.headers
    if chunked and request.content_length is None and not request.environ.get(ENDS):
        raise LengthRequired
    body = request.get_data()
    if len(body) > limit:
        raise RequestEntityTooLarge
    if request.content_length not in {None, len(body)}:
        raise ClientDisconnected
    return body


def _drain(limit: int) -> None:
    """Read on to the end of a refused body, within reason.

    A server that closes over unread bytes resets the connection, and the answer is lost with it.
    """
    left = request.content_length
    if left is None:
        left = limit if request.environ.get(ENDS) else 0
    left = min(left, limit)
    while left > 0:
        read = request.environ["wsgi.input"].read(min(left, PIECE))
        left = left - len(read) if read else 0


def _served(answer: Answer, server: Server) -> Response:
    return _sent(serve(answer, fhir_request(request.environ), server))


def _sent(answer: FhirResponse) -> Response:
    """Return `answer` for Flask to send, its headers untouched."""
    response = Response(answer.body, STATUS_LINES[answer.status])
    response.headers = Headers(list(answer.headers))
    response.automatically_set_content_length = False
    return response


def _look_first(app: Flask, server: Server, methods: tuple[str, ...]) -> None:
    """Add what is looked at before any route, and before asking who the client is."""

    @app.before_request
    def first() -> Response | None:
        if request.environ["REQUEST_METHOD"] != request.method:
            raise MethodNotAllowed  # `post` is no POST, though Flask reads it as one
        if request.method == "OPTIONS":
            return _served(preflight(methods), server)
        if (request.content_length or 0) > server.limits.max_body:
            raise RequestEntityTooLarge
        if request.environ.get("PATH_INFO", "").startswith("//"):
            raise NotFound  # the router would read it as one slash
        return None


def _refuse(app: Flask, server: Server) -> None:
    """Add the answers to what no route takes, and to what breaks on the way to one."""

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        if error.code == TOO_LARGE:
            _drain(MOST_DRAINED * server.limits.max_body)
        return _served(_refusal(error, server), server)

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        return _served(raising(error), server)


def _refusal(error: HTTPException, server: Server) -> Answer:
    """Return the answer to what Flask refused; below the base a token is asked for first."""
    status = error.code or 500
    kind, text = REFUSALS.get(status, UNREADABLE)
    told = kind(text)
    if isinstance(error, MethodNotAllowed):
        told = kind(f"{text}{_reading_only(server)}")
        told.headers["Allow"] = ", ".join(sorted({*(error.valid_methods or ()), "OPTIONS"}))
    below = request.path == BASE or request.path.startswith(f"{BASE}/")
    return refusing(told) if below and status in {404, 405} else raising(told)


def _reading_only(server: Server) -> str:
    """Return what to add when the path is of a type that nobody writes."""
    type_ = request.path.removeprefix(f"{BASE}/").partition("/")[0]
    definition = server.definitions.get(type_)
    if definition is None or not set(WRITE).isdisjoint(definition.interactions):
        return ""
    return f": {type_} is written by this server itself and read-only for clients"

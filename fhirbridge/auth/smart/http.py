"""Between Flask and the endpoints: parameters that came once, answers with the right headers."""

import logging
import re
import traceback
from collections.abc import Callable, Iterable
from typing import Protocol

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import InvalidRequestError  # type: ignore[import-untyped]
from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from fhirbridge.auth.smart.oauth import NO_STORE, OAuthRequest, Reply
from fhirbridge.auth.smart.server import SmartServer
from fhirbridge.fhir.errors import Unavailable

log = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LARGEST = 64 * 1024
REFUSED = 400
CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Max-Age", "86400"),
)
Answer = Callable[[OAuthRequest, SmartServer], Reply]


class Multi(Protocol):
    """Werkzeug's dictionary of lists."""

    def lists(self) -> Iterable[tuple[str, list[str]]]: ...


def once(values: Multi) -> dict[str, str]:
    """Return parameters that each came once, without empty ones.

    Raises InvalidRequestError for a repeated one or a control character.
    https://www.rfc-editor.org/rfc/rfc6749#section-3.1
    """
    found: dict[str, str] = {}
    for name, texts in values.lists():
        if len(texts) > 1:
            raise InvalidRequestError("A parameter came twice")
        if CONTROL.search(name) or CONTROL.search(texts[0]):
            raise InvalidRequestError("A parameter holds a control character")
        if texts[0]:
            found[name] = texts[0]
    return found


def address(proxies: int) -> str:
    """Return where the request came from; only what our own proxies added is believed."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(hops) >= proxies and hops[-proxies]:
        return hops[-proxies]
    return request.remote_addr or ""


def oauth_request(server: SmartServer) -> OAuthRequest:
    """Return the request with the parameters of its form.

    Raises InvalidRequestError for any other kind of body, or parameters in the URL, where logs
    would keep them.
    """
    if request.mimetype != FORM:
        raise InvalidRequestError("The body must be a form")
    if request.args:
        raise InvalidRequestError("Parameters belong in the body")
    headers = {"Authorization": request.headers.get("Authorization", "")}
    if len(request.headers.getlist("Authorization")) > 1 or "," in headers["Authorization"]:
        raise InvalidRequestError("More than one Authorization header")
    sender = address(server.parts.policy.proxies)
    return OAuthRequest(request.method, once(request.form), headers, sender)


def endpoint(answer: Answer, server: SmartServer) -> Callable[[], Response]:
    """Return the view of an OAuth endpoint that takes a form by POST and answers JSON."""

    def view() -> Response:
        if request.method == "OPTIONS":
            return with_headers(Response(status=204), (*CORS, ("Allow", "POST, OPTIONS")))
        if request.method != "POST":
            return sent(Reply(405, {"error": "invalid_request"}, (("Allow", "POST, OPTIONS"),)))
        return sent(guarded(lambda: _watched(answer, server), server))

    return view


def _watched(answer: Answer, server: SmartServer) -> Reply:
    """Return the answer; that an app was refused is told to the audit trail first."""
    asked = None
    try:
        asked = oauth_request(server)
        reply = answer(asked, server)
    except OAuth2Error as error:
        reply = server.refusal(error)
    if reply.status >= REFUSED:
        server.tell_refusal(asked.address if asked else address(server.parts.policy.proxies), asked)
    return reply


def guarded(answer: Callable[[], Reply], server: SmartServer) -> Reply:
    """Return the reply, or the one that says what went wrong and nothing more."""
    try:
        return answer()
    except OAuth2Error as error:
        return server.refusal(error)
    except RequestEntityTooLarge:
        return Reply(413, {"error": "invalid_request"})
    except HTTPException:
        return Reply(400, {"error": "invalid_request"})
    except Unavailable:
        return Reply(503, {"error": "temporarily_unavailable"}, (("Retry-After", "5"),))
    except Exception as error:  # noqa: BLE001 - whoever asked is told that it failed, and no more
        failed("An authorization endpoint", error)
        return Reply(500, {"error": "server_error"})


def failed(what: str, error: Exception) -> None:
    """Log where `what` failed; the error's own text stays out, it may hold a name or a code."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s failed: %s\n%s", what, type(error).__name__, frames)


def sent(reply: Reply) -> Response:
    """Return `reply` for Flask to send: never cached, readable from any origin."""
    response: Response = jsonify(reply.body)
    response.status_code = reply.status
    own = [pair for pair in reply.headers if pair[0] != "Content-Type"]
    return with_headers(response, (*own, *NO_STORE, *CORS, ("X-Content-Type-Options", "nosniff")))


def with_headers(response: Response, headers: Iterable[tuple[str, str]]) -> Response:
    """Return `response` with these headers set."""
    for name, value in headers:
        response.headers[name] = value
    return response

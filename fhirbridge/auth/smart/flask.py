"""Flask around the authorization server: which path is answered by what."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from fhirbridge.auth.smart import metadata
from fhirbridge.auth.smart.authorize_page import authorize, decide, is_form
from fhirbridge.auth.smart.browser import Browser
from fhirbridge.auth.smart.http import (
    CORS,
    LARGEST,
    endpoint,
    failed,
    guarded,
    sent,
    with_headers,
)
from fhirbridge.auth.smart.introspection import introspect
from fhirbridge.auth.smart.launch import launch
from fhirbridge.auth.smart.login_page import first_visit, login, logout
from fhirbridge.auth.smart.manage_page import manage
from fhirbridge.auth.smart.oauth import OAuthRequest, Reply
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.provider_login import begin, finish
from fhirbridge.auth.smart.registration import register
from fhirbridge.auth.smart.revocation import revoke
from fhirbridge.auth.smart.server import SmartServer
from fhirbridge.fhir.errors import Unavailable

KEYS_AGE = 15 * 60
FHIR = "/fhir"
PAGES: tuple[tuple[str, str, Callable[[SmartServer], Response]], ...] = (
    ("/auth/authorize", "GET POST", authorize),
    ("/auth/consent", "POST", decide),
    ("/auth/login", "GET POST", login),
    ("/auth/join", "GET POST", first_visit),
    ("/auth/logout", "POST", logout),
    ("/auth/manage", "GET POST", manage),
)


def smart_blueprint(parts: Parts) -> Blueprint:
    """Return the blueprint with every path of the authorization server, discovery included.

    It is mounted without a prefix: the paths are public contract.
    """
    server = SmartServer(parts)
    blueprint = Blueprint("smart", __name__, template_folder="templates")
    for path, methods, page in PAGES:
        _page(blueprint, path, methods.split(), page, server)
    for path, step in (("", begin), ("/callback", finish)):
        _page(blueprint, f"/auth/external/<name>{path}", ["GET"], step, server)
    _endpoints(blueprint, server)
    _documents(blueprint, server)
    blueprint.before_request(_small_bodies)
    if parts.policy.secure:
        blueprint.after_request(_over_tls)
    return blueprint


def _small_bodies() -> None:
    """Set the largest body that will be read: what comes here are forms."""
    request.max_content_length = LARGEST
    request.max_form_memory_size = LARGEST


def _over_tls(response: Response) -> Response:
    """Let browsers come over TLS only from now on: https://www.rfc-editor.org/rfc/rfc6797."""
    return with_headers(response, (("Strict-Transport-Security", "max-age=31536000"),))


def _page(
    blueprint: Blueprint,
    path: str,
    methods: list[str],
    page: Callable[..., Response],
    server: SmartServer,
) -> None:
    def view(**parts: str) -> Response:
        try:
            if not is_form():
                return Browser(server.parts).page("message.html", "error", 400, error="unreadable")
            return page(server, **parts)
        except HTTPException:
            return Browser(server.parts).page("message.html", "error", 400, error="unreadable")
        except Unavailable:
            return Browser(server.parts).page("message.html", "error", 503, error="failed")
        except Exception as error:  # noqa: BLE001 - as in `guarded`
            failed("A page of the authorization server", error)
            return Browser(server.parts).page("message.html", "error", 500, error="failed")

    blueprint.add_url_rule(path, path, view, methods=methods)


def _endpoints(blueprint: Blueprint, server: SmartServer) -> None:
    answers: dict[str, Callable[[OAuthRequest, SmartServer], Reply]] = {
        "token": lambda asked, ours: ours.token(asked),
        "introspect": introspect,
        "revoke": revoke,
        "launch": launch,
    }
    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    for name, answer in answers.items():
        view = endpoint(answer, server)
        blueprint.add_url_rule(
            f"/auth/{name}", name, view, methods=every, provide_automatic_options=False
        )
    if server.parts.policy.registration_token is not None:
        blueprint.add_url_rule("/auth/register", "register", _register(server), methods=["POST"])


def _register(server: SmartServer) -> Callable[[], Response]:
    def view() -> Response:
        authorization = request.headers.get("Authorization", "")
        return sent(guarded(lambda: register(authorization, request.get_data(), server), server))

    return view


def _documents(blueprint: Blueprint, server: SmartServer) -> None:
    policy = server.parts.policy
    documents: dict[str, Callable[[], Any]] = {
        f"{FHIR}/.well-known/smart-configuration": lambda: metadata.smart_configuration(policy),
        "/.well-known/openid-configuration": lambda: metadata.openid_configuration(policy),
        "/.well-known/oauth-authorization-server": lambda: metadata.authorization_server(policy),
        "/auth/jwks.json": server.parts.signing.published,
    }
    for path, made in documents.items():
        blueprint.add_url_rule(path, path.replace(".", "_"), _document(made), methods=["GET"])
    with blueprint.open_resource("templates/smart/style.css") as file:
        style = file.read()

    def stylesheet() -> Response:
        response = Response(style, mimetype="text/css")
        return with_headers(
            response,
            (("Cache-Control", "max-age=3600"), ("X-Content-Type-Options", "nosniff")),
        )

    blueprint.add_url_rule("/auth/style.css", "style", stylesheet)


def _document(made: Callable[[], Any]) -> Callable[[], Response]:
    def view() -> Response:
        response: Response = jsonify(made())
        kept = ("Cache-Control", f"public, max-age={KEYS_AGE}")
        return with_headers(response, (*CORS, kept, ("X-Content-Type-Options", "nosniff")))

    return view

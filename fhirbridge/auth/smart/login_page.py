"""`/auth/login`, `/auth/join` and `/auth/logout`."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from flask import Response, request

from fhirbridge.auth.smart.accounts import TooManyAttempts, account_name, is_strong, join, let_in
from fhirbridge.auth.smart.browser import Browser
from fhirbridge.auth.smart.clients import find_client
from fhirbridge.auth.smart.http import with_headers
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND
from fhirbridge.auth.smart.records import Account, Client
from fhirbridge.auth.smart.redirect_uri import origin
from fhirbridge.auth.smart.server import SmartServer

LONGEST = 8 * 1024


def login_form(
    browser: Browser, text: str, error: str | None = None, status: int = 200
) -> Response:
    """Return the login page that goes on with the app's request in `text`, if there is one."""
    path, carried = browser.parts.policy.path, urlencode({"request": text})
    client = _client(text, browser.parts)
    return browser.page(
        "login.html",
        "login",
        status,
        error=error,
        target=_target(text, browser.parts),
        switch=f"{path('login')}?{carried}&",
        action=path("login"),
        join=f"{path('join')}?{carried}",
        csrf=browser.csrf("login", text),
        request_text=text,
        app=client.name if client else "",
        providers=[
            (provider.label, f"{path('external')}/{provider.id}?{carried}")
            for provider in browser.parts.policy.providers
        ],
    )


def login(server: SmartServer) -> Response:
    """Return the page, or go on after a right name and password."""
    browser, text = Browser(server.parts), _carried()
    if request.method == "GET":
        return login_form(browser, text)
    if not browser.sent_the_form("login", text):
        return login_form(browser, text, "stale", 403)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        account = let_in(name, password, browser.address, server.parts)
    except TooManyAttempts:
        browser.tell("login-refused")
        return _tired(login_form(browser, text, "tired", 429), server)
    if account is None:
        browser.tell("login-refused")
        return login_form(browser, text, "wrong", 403)
    return go_on(browser, account, text)


def first_visit(server: SmartServer) -> Response:
    """Return the page for a desk code, or go on with the account it made."""
    browser, text = Browser(server.parts), _carried()
    if request.method == "GET":
        return _join_form(browser, text)
    if not browser.sent_the_form("join", text):
        return _join_form(browser, text, "stale", 403)
    name, password = account_name(request.form.get("name", "")), request.form.get("password", "")
    if not name or not is_strong(password, name):
        return _join_form(browser, text, "weak", 403)
    try:
        chosen = (name, password)
        account = join(request.form.get("code", ""), chosen, browser.address, server.parts)
    except TooManyAttempts:
        browser.tell("login-refused")
        return _tired(_join_form(browser, text, "tired", 429), server)
    if account is None:
        browser.tell("login-refused")
        return _join_form(browser, text, "not_joined", 403)
    return go_on(browser, account, text)


def logout(server: SmartServer) -> Response:
    """End the session, if the request comes from our own page, and show the login."""
    browser = Browser(server.parts)
    person = browser.person()
    if browser.sent_the_form("logout") and person is not None:
        browser.tell("logout", person.account.fhir_user)
        browser.log_out()
    return browser.go(server.parts.policy.path("login"))


def _join_form(
    browser: Browser, text: str, error: str | None = None, status: int = 200
) -> Response:
    path = browser.parts.policy.path
    return browser.page(
        "join.html",
        "join",
        status,
        error=error,
        target=_target(text, browser.parts),
        switch=f"{path('join')}?{urlencode({'request': text})}&",
        action=path("join"),
        csrf=browser.csrf("join", text),
        request_text=text,
    )


def go_on(browser: Browser, account: Account, text: str) -> Response:
    """Log in and return to the app's request, or to the list of apps.

    The way on is always one of our own pages, whatever `text` says.
    """
    browser.tell("login", account.fhir_user)
    browser.log_in(account)
    if not text:
        return browser.go(browser.parts.policy.path("manage"))
    parameters = _parameters(text)
    prompts = [word for word in parameters.get("prompt", "").split() if word != "login"]
    onward = {**parameters, "prompt": " ".join(prompts)}
    query = urlencode({name: value for name, value in onward.items() if value})
    return browser.go(f"{browser.parts.policy.path('authorize')}?{query}")


def _carried() -> str:
    """Return the app's request that the page carries along."""
    found = request.args if request.method == "GET" else request.form
    return found.get("request", "")[:LONGEST]


def _parameters(text: str) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(text, max_num_fields=50))
    except ValueError:
        return {}


def _target(text: str, parts: Parts) -> str:
    """Return the app's origin, where redirects after this form may lead; "" for no known app."""
    uri, client = _parameters(text).get("redirect_uri", ""), _client(text, parts)
    return origin(uri) if client is not None and uri in client.redirect_uris.split() else ""


def _client(text: str, parts: Parts) -> Client | None:
    """Return the client that the carried request is from, if it is a registered one."""
    return find_client(_parameters(text).get("client_id", ""), parts)


def _tired(response: Response, server: SmartServer) -> Response:
    seconds = server.parts.policy.limits.account.window // SECOND
    return with_headers(response, (("Retry-After", str(seconds)),))

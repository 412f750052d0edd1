"""`/auth/authorize` and `/auth/consent`: from an app's request to a person's decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import InvalidRequestError  # type: ignore[import-untyped]
from flask import Response, request
from werkzeug.datastructures import MultiDict

from fhirbridge.auth.smart.authorize import (
    AuthorizationRequest,
    ConsentNeeded,
    LoginNeeded,
    NotAnApp,
    checked,
    towards,
)
from fhirbridge.auth.smart.browser import Browser
from fhirbridge.auth.smart.consent import Consent, Person, approve, offer, refused
from fhirbridge.auth.smart.http import FORM, once
from fhirbridge.auth.smart.login_page import login_form
from fhirbridge.auth.smart.redirect_uri import origin
from fhirbridge.auth.smart.server import SmartServer
from fhirbridge.auth.smart.texts import day, described

OURS = ("lang",)
LONGEST = 8 * 1024
LONGEST_NAME = 100


def authorize(server: SmartServer) -> Response:
    """Return the login or consent page for the request, or send the browser back with an error."""
    browser = Browser(server.parts)
    try:
        parameters = without_ours(once(request.args if request.method == "GET" else request.form))
        asked = checked(parameters, server)
    except NotAnApp:
        return browser.page("message.html", "error", 400, error="not_an_app")
    except OAuth2Error as error:
        return _told(error, browser, server)
    if request.method == "POST":
        # A form on another site sends none of our cookies along; this redirect does.
        return browser.go(f"{server.parts.policy.path('authorize')}?{urlencode(parameters)}")
    try:
        return _shown(asked, browser, server)
    except OAuth2Error as error:
        return _told(towards(error, asked.redirect_uri, asked.state), browser, server)


def decide(server: SmartServer) -> Response:
    """Return the redirect that tells the app what the person decided."""
    browser = Browser(server.parts)
    text = request.form.get("request", "")
    person = browser.person()
    if person is None or not browser.sent_the_form("consent", text):
        return browser.page("message.html", "error", 403, error="stale")
    try:
        asked = checked(read(text), server)
        ticked = tuple(request.form.getlist("scope"))
        if request.form.get("decision") == "find":
            return _consent_form(asked, person, browser, server, Looking(ticked, _name()))
        if request.form.get("decision") != "allow":
            browser.tell("consent-refused", person.account.fhir_user, client=asked.client.id)
            raise refused(asked)
        consent = Consent(ticked, request.form.get("patient"))
        return browser.go(approve(asked, consent, person, server.parts))
    except NotAnApp:
        return browser.page("message.html", "error", 400, error="not_an_app")
    except OAuth2Error as error:
        return _told(error, browser, server)


def without_ours(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the app's parameters without those that our own pages add."""
    return {name: value for name, value in parameters.items() if name not in OURS}


def read(text: str) -> dict[str, str]:
    """Return the parameters that a form of ours carried; raises InvalidRequestError."""
    if len(text) > LONGEST:
        raise InvalidRequestError("The request is too long")
    return without_ours(once(MultiDict(parse_qsl(text, max_num_fields=50))))


def _shown(asked: AuthorizationRequest, browser: Browser, server: SmartServer) -> Response:
    person = browser.person()
    if person is None or not asked.is_satisfied_by(person.session, server.parts.clock()):
        if "none" in asked.prompts:
            raise LoginNeeded("Nobody is logged in")
        return login_form(browser, urlencode(asked.parameters))
    if "none" in asked.prompts:
        raise ConsentNeeded("The person decides each time")
    return _consent_form(asked, person, browser, server)


@dataclass(frozen=True, slots=True)
class Looking:
    """What is on the page while a practitioner looks for a patient: ticked scopes, a name."""

    ticked: tuple[str, ...]
    name: str


def _consent_form(
    asked: AuthorizationRequest,
    person: Person,
    browser: Browser,
    server: SmartServer,
    looking: Looking | None = None,
) -> Response:
    name = looking.name if looking else ""
    offered = offer(asked, person.account, server.parts, name)
    if offered.listed:
        listed = tuple(one.id for one in offered.listed)
        browser.tell(
            "patients-listed", person.account.fhir_user, client=asked.client.id, listed=listed
        )
    text, path = urlencode(asked.parameters), server.parts.policy.path
    words = dict.fromkeys(described(scope, browser.language) for scope in offered.implied)
    return browser.page(
        "consent.html",
        "consent",
        target=origin(asked.redirect_uri),
        switch=f"{path('authorize')}?{text}&",
        action=path("consent"),
        csrf=browser.csrf("consent", text),
        request_text=text,
        app=asked.client.name,
        account=person.account.name,
        own=person.account.patient is not None,
        choosing=offered.choosing,
        listed=offered.listed,
        more=offered.more,
        name=name,
        day=lambda date: day(date, browser.language),
        ticked=looking.ticked if looking else offered.optional,
        optional=offered.optional,
        implied=list(words),
        describe=lambda scope: described(scope, browser.language),
        target_name=origin(asked.redirect_uri),
    )


def _name() -> str:
    """Return the name that is looked for: short, and one of letters."""
    return " ".join(request.form.get("find", "")[:LONGEST_NAME].split())


def _told(error: OAuth2Error, browser: Browser, server: SmartServer) -> Response:
    """Return the redirect that carries `error`, or a page when there is nowhere to go."""
    location = server.refusal(error).location
    if location is None:
        return browser.page("message.html", "error", 400, error="unreadable")
    return browser.go(location)


def is_form() -> bool:
    """Return whether a POST carries a form."""
    return request.method != "POST" or request.mimetype == FORM

"""`/auth/manage`: the apps that have access, and how to take it back."""

from typing import Any

from flask import Response, request

from fhirbridge.auth.smart.browser import Browser
from fhirbridge.auth.smart.consent import Person, told
from fhirbridge.auth.smart.login_page import login_form
from fhirbridge.auth.smart.records import AppGrant
from fhirbridge.auth.smart.server import SmartServer
from fhirbridge.auth.smart.texts import described
from fhirbridge.fhir.instant import to_instant

DATE = len("2026-01-01")


def manage(server: SmartServer) -> Response:
    """Return the list of apps, after removing the one that the form names."""
    browser = Browser(server.parts)
    person = browser.person()
    if person is None:
        return login_form(browser, "")
    if request.method == "POST":
        return _removed(browser, person, server)
    return _list(browser, person, server)


def _removed(browser: Browser, person: Person, server: SmartServer) -> Response:
    parts, id_ = server.parts, request.form.get("grant", "")
    if not browser.sent_the_form("manage", id_):
        return browser.page("message.html", "error", 403, error="stale")
    grant = next((one for one in _grants(person, server) if one.id == id_), None)
    if grant is not None:
        parts.witness(told("withdrawal", grant, person, parts.clock()))
        parts.tables.grants.revoke(grant.id, parts.clock())
    return browser.go(parts.policy.path("manage"))


def _list(browser: Browser, person: Person, server: SmartServer) -> Response:
    path = server.parts.policy.path
    return browser.page(
        "manage.html",
        "manage",
        switch=f"{path('manage')}?",
        action=path("manage"),
        logout=path("logout"),
        csrf=browser.csrf("logout"),
        account=person.account.name,
        grants=[_row(grant, browser, server) for grant in _grants(person, server)],
    )


def _grants(person: Person, server: SmartServer) -> list[AppGrant]:
    return server.parts.tables.grants.of(person.account.name, server.parts.clock())


def _row(grant: AppGrant, browser: Browser, server: SmartServer) -> dict[str, Any]:
    client = server.query_client(grant.client)
    words = (described(scope, browser.language) for scope in grant.scopes.split())
    return {
        "id": grant.id,
        "app": client.record.name if client else grant.client,
        "since": to_instant(grant.created)[:DATE],
        "until": to_instant(grant.expires)[:DATE],
        "words": list(dict.fromkeys(words)),
        "csrf": browser.csrf("manage", grant.id),
    }

"""A person's browser during one request: its cookies, session, language and forgery tokens.

https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from typing import Any

from flask import Response, render_template, request

from fhirbridge.auth.smart.consent import Person
from fhirbridge.auth.smart.events import Event, Kind
from fhirbridge.auth.smart.http import address, with_headers
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND
from fhirbridge.auth.smart.records import Account, Session
from fhirbridge.auth.smart.secret import derived, digest, fresh, same
from fhirbridge.auth.smart.texts import LANGUAGES, Language, text

POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "
)
PAGE = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
LANGUAGE_LIFETIME = 365 * 24 * 3600


class Browser:
    """What this request's cookies say, and the cookies its answer sets."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        known = request.cookies.get(self._name("browser"), "")
        self._is_known = bool(known)
        self._id = known or fresh()
        self._token = request.cookies.get(self._name("session"), "")
        self._new_session: str | None = None
        self._new_cookies: dict[str, tuple[str, int]] = {}
        self.address = address(parts.policy.proxies)
        self.language = self._language()

    def person(self) -> Person | None:
        """Return who is logged in, or None."""
        if not self._token:
            return None
        session = self.parts.tables.sessions.find(digest(self._token), self.parts.clock())
        account = self.parts.tables.users.find(session.account) if session else None
        if session is None or account is None or account.disabled is not None:
            return None
        return Person(account, session, self.address)

    def log_in(self, account: Account) -> None:
        """Begin a session, under a cookie that nobody can have planted; the old one ends."""
        self.log_out()
        now, self._new_session = self.parts.clock(), fresh()
        until = now + self.parts.policy.lifetimes.session
        key = digest(self._new_session)
        self.parts.tables.sessions.add(Session(key, account.name, now, until))

    def tell(self, kind: Kind, fhir_user: str | None = None, **told: Any) -> None:
        """Tell the audit trail; raises Unavailable when it must not go on untold."""
        self.parts.witness(Event(self.parts.clock(), kind, self.address, fhir_user, **told))

    def log_out(self) -> None:
        """End the session, if there is one."""
        if self._token:
            self.parts.tables.sessions.end(digest(self._token), self.parts.clock())
        self._new_session = ""

    def remember(self, name: str, value: str, seconds: int) -> None:
        """Set a cookie of our own with the answer; 0 seconds removes it."""
        self._new_cookies[name] = (value, seconds)

    def remembered(self, name: str) -> str:
        """Return the cookie that `remember` set, or ""."""
        return request.cookies.get(self._name(name), "")

    def csrf(self, *purpose: str) -> str:
        """Return the token that a form for `purpose`, shown in this browser, carries."""
        return derived(self.parts.secret, "csrf", self._id, self._token, *purpose)

    def sent_the_form(self, *purpose: str) -> bool:
        """Return whether the request comes from a form we showed in this browser."""
        return self._is_known and same(request.form.get("csrf", ""), self.csrf(*purpose))

    def page(
        self, template: str, title: str, status: int = 200, *, target: str = "", **values: Any
    ) -> Response:
        """Return the page; its forms may lead to us and, by redirects, to `target` (an origin)."""
        values = {"error": None, "switch": None, **values}
        body = render_template(
            f"smart/{template}",
            t=lambda key: text(key, self.language),
            title=text(title, self.language),
            language=self.language,
            clinic=self.parts.policy.clinic,
            style=self.parts.policy.path("style.css"),
            **values,
        )
        policy = ("Content-Security-Policy", f"{POLICY}'self' {target}".strip())
        return self._finished(with_headers(Response(body, status), (*PAGE, policy)))

    def go(self, location: str, status: int = 303) -> Response:
        """Return the redirect to `location`."""
        return self._finished(with_headers(Response("", status), (*PAGE, ("Location", location))))

    def _finished(self, response: Response) -> Response:
        if not self._is_known:
            self._set(response, "browser", self._id, None)
        if self._new_session is not None:
            age = self.parts.policy.lifetimes.session // SECOND if self._new_session else 0
            self._set(response, "session", self._new_session, age)
        if request.args.get("lang") in LANGUAGES:
            self._set(response, "language", self.language, LANGUAGE_LIFETIME)
        for name, (value, seconds) in self._new_cookies.items():
            self._set(response, name, value, seconds)
        return response

    def _set(self, response: Response, name: str, value: str, age: int | None) -> None:
        response.set_cookie(
            self._name(name),
            value,
            max_age=age,
            path="/",
            secure=self.parts.policy.secure,
            httponly=True,
            samesite="Lax",
        )

    def _name(self, name: str) -> str:
        """Return the cookie's name; `__Host-` keeps other hosts of the domain from setting it."""
        return f"{'__Host-' if self.parts.policy.secure else ''}fhirbridge-{name}"

    def _language(self) -> Language:
        wanted = (
            request.args.get("lang"),
            request.cookies.get(self._name("language")),
            *request.args.get("ui_locales", "").replace("-", " ").split(),
            request.accept_languages.best_match(LANGUAGES),
        )
        known = (one for word in wanted for one in LANGUAGES if one == word)
        return next(known, LANGUAGES[0])

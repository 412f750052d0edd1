"""The authorization server over a real database and real HTTP, and people and apps that use it."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
from flask import Flask, Response, request
from joserfc import jwk, jwt
from werkzeug.serving import make_server

from fhirbridge.auth.remembering import RememberingTable
from fhirbridge.auth.smart.accounts import new_account
from fhirbridge.auth.smart.authorization import create_authorization
from fhirbridge.auth.smart.flask import smart_blueprint
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import Policy
from fhirbridge.auth.smart.records import (
    Access,
    Account,
    AppGrant,
    Client,
    DeskCode,
    Launch,
    Refresh,
    Session,
)
from fhirbridge.auth.smart.secret import Passwords
from fhirbridge.auth.smart.tables import Tables
from fhirbridge.auth.tokens import authenticate
from fhirbridge.fhir.errors import FhirError
from fhirbridge.store.address import Address
from fhirbridge.store.clients import Clients
from fhirbridge.store.database import Database, Limits
from fhirbridge.store.grants import Grants
from fhirbridge.store.migrate import migrate
from fhirbridge.store.once import Assertions, Attempts, Launches, SigningKeys
from fhirbridge.store.sessions import Sessions
from fhirbridge.store.tokens import Tokens
from fhirbridge.store.users import Users

SECRET = b"a secret of the tests, and a long one"
SECOND = 1_000_000
QUICK = Passwords(cost=16, lanes=1)
CALLBACK = "https://app.example/callback"
SCOPES = "openid fhirUser launch/patient patient/*.rs offline_access"
PASSWORD = "correct horse"
TYPES = frozenset({"Patient", "Practitioner", "Observation", "Slot", "Appointment"})
SERVERS = "openid fhirUser profile launch launch/patient offline_access online_access"
EVERYTHING = f"{SERVERS} patient/*.cruds user/*.cruds"


@dataclass
class Clock:
    """The system's time, which tests move. Microseconds."""

    moved: int = 0

    def __call__(self) -> int:
        return time.time_ns() // 1000 + self.moved

    def forward(self, seconds: float) -> None:
        self.moved += int(seconds * SECOND)


def tables(database: Database, clock: Clock) -> Tables:
    """Return the store's tables as the authorization server wants them."""
    return Tables(
        tokens=RememberingTable(Tokens(database), clock),
        clients=Clients(database, Client),
        users=Users(database, Account, DeskCode),
        sessions=Sessions(database, Session),
        grants=Grants(database, AppGrant, Refresh, Access),
        launches=Launches(database, Launch),
        assertions=Assertions(database),
        attempts=Attempts(database),
        signing_keys=SigningKeys(database),
    )


@dataclass
class World:
    """A running server with its database."""

    database: Database
    clock: Clock
    parts: Parts
    http: httpx.Client
    url: str = ""
    browsers: list[httpx.Client] = field(default_factory=list)

    @property
    def tables(self) -> Tables:
        return self.parts.tables

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.database.connection.rows(sql, parameters)

    def client(self, **fields: Any) -> Client:
        """Register a client: a public app unless the fields say otherwise."""
        values: dict[str, Any] = {
            "id": secrets.token_hex(8),
            "name": "App & <b>Co</b>",
            "redirect_uris": CALLBACK,
            "scopes": EVERYTHING,
            "created": self.clock(),
        }
        found = Client(**(values | fields))
        assert self.tables.clients.add(found)
        return found

    def person(self, name: str = "anna", fhir_user: str = "Patient/a") -> Account:
        """Add an account with the password of all tests."""
        account = replace(
            new_account(name, fhir_user, None, self.clock()), password=QUICK.hashed(PASSWORD)
        )
        assert self.tables.users.add(account)
        return account

    def post(self, name: str, data: Any, **options: Any) -> httpx.Response:
        """POST to one of the OAuth endpoints."""
        return self.http.post(f"{self.url}/auth/{name}", data=data, **options)

    def fhir(self, token: str) -> httpx.Response:
        """Ask the FHIR side with a token."""
        header = {"Authorization": f"Bearer {token}"}
        return self.http.get(f"{self.url}/fhir/who", headers=header)


def application(parts: Parts) -> Flask:
    """Return the authorization server with a FHIR side that says who asks."""
    flask = Flask("smart_tests", static_folder=None, root_path=".")
    flask.register_blueprint(smart_blueprint(parts))

    @flask.get("/fhir/who")
    def who() -> Response | tuple[str, int, dict[str, str]]:
        header = request.headers.get("Authorization")
        try:
            found = authenticate(header, parts.tables.tokens, parts.clock())
        except FhirError as error:
            return "", error.status, error.headers
        return Response(f"{found.kind} {found.patient} {found.user} {found.scopes}")

    return flask


@contextmanager
def running(database: Database, clock: Clock, **policy: Any) -> Iterator[World]:
    """Run a server over `database` on a free port."""
    http = make_server("127.0.0.1", 0, Flask("later", root_path="."), threaded=True)
    url = f"http://127.0.0.1:{http.server_port}"
    others = {name: policy.pop(name) for name in ("fetcher", "witness") if name in policy}
    rules = Policy(**({"issuer": url, "fhir_base": f"{url}/fhir", "types": TYPES} | policy))
    parts = create_authorization(
        rules, tables(database, clock), clock, SECRET, passwords=QUICK, **others
    )
    http.app = application(parts)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        # Without TLS in the tests there is no need to read certificates for each client.
        with httpx.Client(verify=False, timeout=30) as http_client:  # noqa: S501
            world = World(database, clock, parts, http_client, url)
            yield world
            for browser in world.browsers:
                browser.close()
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@contextmanager
def opened(url: str, *, ready: bool = False) -> Iterator[Database]:
    """Open a database, migrated first unless it is `ready`."""
    address = Address.parse(url)
    if not ready:
        migrate(address)
    database = Database(address, Limits())
    try:
        yield database
    finally:
        database.close()


class Form(HTMLParser):
    """The form of a page that has the field `csrf`: its fields and where it goes."""

    def __init__(self, page: str, nth: int = 0) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self.feed(page)
        self.action, fields = self.forms[nth]
        self.fields: dict[str, Any] = {}
        for name, value in fields:
            self.fields.setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given["action"], []))
        elif tag == "input" and given.get("type") in {"hidden", "checkbox"}:
            self.forms[-1][1].append((given["name"], given["value"]))


@dataclass
class Ask:
    """An authorization request and the verifier that belongs to it."""

    parameters: dict[str, str]
    verifier: str


def ask(world: World, client: Client, scope: str = SCOPES, **over: str | None) -> Ask:
    """Return a proper authorization request; `over` changes it, None leaves a parameter out."""
    verifier = secrets.token_urlsafe(48)
    hashed = hashlib.sha256(verifier.encode()).digest()
    values: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.redirect_uris.split()[0] if client.redirect_uris else CALLBACK,
        "scope": scope,
        "state": "st&ate=1",
        "aud": f"{world.url}/fhir",
        "code_challenge": base64.urlsafe_b64encode(hashed).decode().rstrip("="),
        "code_challenge_method": "S256",
    } | over
    return Ask({name: value for name, value in values.items() if value is not None}, verifier)


@dataclass
class Visitor:
    """A person at a browser that keeps cookies and shows redirects instead of following them."""

    world: World
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.world.url, verify=False)  # noqa: S501
        self.world.browsers.append(self.http)

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(path, params=query or None)

    def submit(self, page: httpx.Response, nth: int = 0, **values: Any) -> httpx.Response:
        """Fill in and send a form of the page."""
        form = Form(page.text, nth)
        return self.http.post(form.action, data=form.fields | values)

    def log_in(self, name: str = "anna", password: str = PASSWORD) -> httpx.Response:
        return self.submit(self.get("/auth/login"), name=name, password=password)

    def consent_page(self, asked: Ask, name: str = "anna") -> httpx.Response:
        """Return the consent page, after logging in if need be."""
        page = self.get("/auth/authorize", **asked.parameters)
        if 'name="password"' in page.text:
            onward = self.submit(page, name=name, password=PASSWORD)
            page = self.http.get(onward.headers["Location"])
        return page

    def allow(self, asked: Ask, name: str = "anna", **values: Any) -> dict[str, str]:
        """Log in, allow, and return the parameters that the app receives."""
        answer = self.submit(self.consent_page(asked, name), decision="allow", **values)
        return received(answer)


def received(answer: httpx.Response) -> dict[str, str]:
    """Return the parameters of a redirect to the app."""
    assert answer.status_code in {302, 303}, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def exchange(world: World, client: Client, asked: Ask, given: str, **over: Any) -> httpx.Response:
    """Exchange a code as the public `client`."""
    data = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": asked.parameters["redirect_uri"],
        "client_id": client.id,
        "code_verifier": asked.verifier,
    } | over
    return world.post("token", {name: value for name, value in data.items() if value is not None})


def granted(
    world: World, client: Client, scope: str = SCOPES, name: str = "anna", **over: str | None
) -> dict[str, Any]:
    """Return the token response after a person allowed everything."""
    asked = ask(world, client, scope, **over)
    code = Visitor(world).allow(asked, name)["code"]
    answer = exchange(world, client, asked, code)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refreshed(world: World, client: Client, token: str, **over: str) -> httpx.Response:
    """Use a refresh token as the public `client`."""
    data = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client.id}
    return world.post("token", data | over)


RSA = jwk.RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = jwk.ECKey.generate_key("P-384", {"kid": "ec", "use": "sig"})


def key_set(*keys: Any) -> dict[str, Any]:
    """Return the public JWK Set of these keys."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def assertion(world: World, client_id: str, **over: Any) -> str:
    """Return a proper client assertion; `over` changes claims, None leaves one out.

    `header`, `key` and `algorithm` change the rest.
    """
    key, algorithm = over.pop("key", RSA), over.pop("algorithm", "RS384")
    header = {"alg": algorithm, "kid": key.kid, "typ": "JWT"} | over.pop("header", {})
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": f"{world.url}/auth/token",
        "exp": world.clock() // SECOND + 240,
        "jti": secrets.token_hex(16),
    } | over
    kept = {name: value for name, value in claims.items() if value is not None}
    plain = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(plain, kept, key, algorithms=[algorithm], default_type=None)


def back_end(world: World, text: str, **over: Any) -> httpx.Response:
    """Ask for a back end's token with the assertion `text`."""
    data = {
        "grant_type": "client_credentials",
        "scope": "system/*.rs",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": text,
    } | over
    return world.post("token", {name: value for name, value in data.items() if value is not None})


def query_of(url: str) -> dict[str, list[str]]:
    """Return the query of a URL."""
    return parse_qs(urlsplit(url).query)


def encoded(parameters: dict[str, str]) -> str:
    """Return parameters as a query."""
    return urlencode(parameters)

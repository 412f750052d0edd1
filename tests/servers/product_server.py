"""The whole product on a free port, as `serve` runs it: FHIR and logins over one store."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from flask import Flask
from smart_server import PASSWORD, QUICK, Clock
from werkzeug.serving import WSGIRequestHandler, make_server

from fhirbridge.app import create_app
from fhirbridge.auth.smart.accounts import new_account
from fhirbridge.auth.smart.records import Account, Client, DeskCode
from fhirbridge.resources.registry import definitions
from fhirbridge.settings import Settings
from fhirbridge.store.clients import Clients
from fhirbridge.store.store import Store
from fhirbridge.store.users import Users

FINAL = {"status": "final", "code": {"text": "x"}}
RESOURCES: tuple[dict[str, Any], ...] = (
    {"resourceType": "Patient", "id": "a", "name": [{"family": "Смирнова", "given": ["Анна"]}]},
    {"resourceType": "Patient", "id": "b", "name": [{"family": "Иванов"}]},
    {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Петров"}]},
    {"resourceType": "Observation", "id": "own", "subject": {"reference": "Patient/a"}, **FINAL},
    {"resourceType": "Observation", "id": "other", "subject": {"reference": "Patient/b"}, **FINAL},
)
EVERYTHING = (
    "openid fhirUser profile launch launch/patient offline_access online_access"
    " patient/*.cruds user/*.cruds"
)


class Quiet(WSGIRequestHandler):
    """Writes no access log, as `serve` writes none."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (werkzeug's name)
        """Say nothing."""


@dataclass(frozen=True)
class Product:
    """A running installation: its public address, settings, store and time."""

    url: str
    settings: Settings
    store: Store
    clock: Clock
    browsers: list[httpx.Client] = field(default_factory=list)

    def post(self, name: str, data: Any) -> httpx.Response:
        """POST to one of the OAuth endpoints."""
        return httpx.post(f"{self.url}/auth/{name}", data=data, timeout=30)

    @property
    def users(self) -> Users[Account, DeskCode]:
        return Users(self.store.database, Account, DeskCode)

    def person(self, name: str, fhir_user: str) -> Account:
        """Add an account with the password of all tests."""
        account = new_account(name, fhir_user, None, self.clock())
        account = replace(account, password=QUICK.hashed(PASSWORD))
        assert self.users.add(account)
        return account

    def client(self, **fields: Any) -> Client:
        """Register a client, a public app unless the fields say otherwise."""
        values = {"id": secrets.token_hex(8), "name": "Мой дневник", "redirect_uris": ""}
        values |= {"scopes": EVERYTHING, "created": self.clock()} | fields
        found = Client(**values)
        assert Clients(self.store.database, Client).add(found)
        return found

    def fhir(self, path: str, token: str) -> httpx.Response:
        """GET from the FHIR side."""
        header = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{self.url}/fhir/{path}", headers=header, timeout=30)


@contextmanager
def product(folder, **chosen: Any) -> Iterator[Product]:
    """Run an installation in `folder`, with a few resources and the account `anna` of Patient/a."""
    http = make_server(
        "127.0.0.1", 0, Flask("later", root_path="."), threaded=True, request_handler=Quiet
    )
    url = f"http://127.0.0.1:{http.server_port}"
    values = {"database_url": f"sqlite:///{folder}/fhirbridge.sqlite", "secret_key": b"s" * 32}
    settings = Settings(**(values | {"base_url": f"{url}/fhir", "var": folder} | chosen))
    clock = Clock()
    store = Store.open(settings.database_url, definitions(), settings.time_zone, settings.base_url)
    store.migrate()
    with store.transaction() as tx:
        for one in RESOURCES:
            tx.put(dict(one), now=clock())
    http.app = app = create_app(settings, clock)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        found = Product(url, settings, store, clock)
        found.person("anna", "Patient/a")
        yield found
        for browser in found.browsers:
            browser.close()
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
        app.server.store.close()
        store.close()

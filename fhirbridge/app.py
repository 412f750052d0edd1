"""The web process, wired: settings in, one WSGI application out."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from wsgiref.types import WSGIApplication

from flask import Flask

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.remembering import RememberingTable
from fhirbridge.auth.tokens import TokenTable, authenticate
from fhirbridge.fhir.identity import subkey
from fhirbridge.fhir.instant import system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.rest.exchange import BASE
from fhirbridge.rest.fast import FastPath
from fhirbridge.rest.flask import bind
from fhirbridge.rest.paging import Pages
from fhirbridge.rest.server import Limits, Server
from fhirbridge.settings import Settings
from fhirbridge.store.store import Store

Clock = Callable[[], int]

# Which stream of a source says how fresh a type is.
STREAMS = {"Slot": "schedule"}


def from_environment() -> WSGIApplication:
    """Return the application that the environment describes; raises SettingsError."""
    return create_app(Settings.load())


def create_app(settings: Settings, clock: Clock = system_clock) -> WSGIApplication:
    """Return the web process for `settings`; raises SettingsError without a secret."""
    server = create_server(settings, clock)
    flask = Flask("fhirbridge", static_folder=None)
    bind(flask, server)
    return FastPath(server, flask.wsgi_app)


def create_server(settings: Settings, clock: Clock = system_clock) -> Server:
    """Return what the interactions work with."""
    types = definitions()
    base_url = base(settings.base_url)
    store = Store.open(settings.database_url, types, settings.time_zone, base_url)
    return Server(
        store=store,
        definitions=types,
        authenticate=authenticator(RememberingTable(store.tokens, clock), clock),
        pages=Pages(subkey(settings.secret(), "pages"), clock),
        clock=clock,
        zone=settings.time_zone,
        started=clock(),
        version=own_version(),
        base_url=base_url,
        limits=Limits(settings.default_count, settings.max_count, settings.max_body),
    )


def authenticator(table: TokenTable, clock: Clock) -> Callable[[str | None], Principal]:
    """Return the function from an Authorization header to who sent it."""

    def known(authorization: str | None) -> Principal:
        return authenticate(authorization, table, clock())

    return known


def base(setting: str) -> str:
    """Return the base URL of a setting that may or may not end in `/fhir`; "" stays unset."""
    url = setting.rstrip("/")
    return url if not url or url.endswith(BASE) else url + BASE


def own_version() -> str:
    """Return the version of this package, or 0 when it runs from a plain folder."""
    try:
        return version("fhirbridge")
    except PackageNotFoundError:
        return "0"

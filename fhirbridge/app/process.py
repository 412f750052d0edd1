"""One process: the FHIR side and the authorization server over one store."""

import gc
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, Flask

from fhirbridge.app.entrance import Entrance, create_entrance, staff_of
from fhirbridge.app.late import Late
from fhirbridge.app.reading_times import Clock, reading_times
from fhirbridge.app.receiving import Receiving
from fhirbridge.app.steady_clock import SteadyClock
from fhirbridge.app.witness import witness_of
from fhirbridge.fhir.identity import subkey
from fhirbridge.resources.registry import definitions
from fhirbridge.rest.exchange import BASE
from fhirbridge.rest.fast import FastPath
from fhirbridge.rest.flask import bind
from fhirbridge.rest.paging import Pages
from fhirbridge.rest.server import Limits, Server, Writes
from fhirbridge.search.parameter import Bounds
from fhirbridge.settings import Settings
from fhirbridge.store.audit.journal import Journal
from fhirbridge.store.audit.trail import Audit, Committed, Journalled, Untold
from fhirbridge.store.database import Limits as Patience
from fhirbridge.store.store import Store

# So many new objects before those are looked through.
MOST_NEW = 10_000


def from_environment() -> Receiving:
    """Return the application that the environment describes; raises SettingsError."""
    app = create_app(Settings.load())
    # What is there now stays, but for a few objects that are not worth looking for: no search for
    # garbage need look at it again, and a request leaves hardly any behind.
    gc.freeze()
    gc.set_threshold(MOST_NEW)
    return app


def create_app(settings: Settings, clock: Clock | None = None) -> Receiving:
    """Return the web process for `settings`; raises SettingsError without a secret.

    Without a `clock` it is the system's, watched.
    """
    server, entrance = _wired(settings, clock or SteadyClock())
    return Receiving(server, application(server, entrance.authorization))


def create_server(settings: Settings, clock: Clock | None = None) -> Server:
    """Return what the interactions work with; `clock` as of `create_app`."""
    return _wired(settings, clock or SteadyClock())[0]


def application(server: Server, authorization: Callable[[], Blueprint] | None = None) -> FastPath:
    """Return `server` behind its two fronts: Flask, and before it the fast path.

    What `authorization` makes stands beside it, as soon as somebody asks for it.
    """

    def flask(*beside: Blueprint) -> Flask:
        made = Flask("fhirbridge", static_folder=None)
        bind(made, server)
        for one in beside:
            made.register_blueprint(one)
        return made

    if authorization is None:
        return FastPath(server, flask().wsgi_app)
    whole = Late(flask().wsgi_app, lambda: flask(authorization()).wsgi_app)
    return FastPath(server, whole)


def open_store(settings: Settings) -> Store:
    """Return the store of this process, which speaks of resources by their public addresses."""
    patience = Patience(statement=settings.statement_timeout)
    base_url = base(settings.base_url)
    types = definitions(audit_for_patients=settings.audit_for_patients)
    return Store.open(settings.database_url, types, settings.time_zone, base_url, patience)


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


def _wired(settings: Settings, clock: Clock) -> tuple[Server, Entrance]:
    """Return both sides over one store and one audit trail."""
    store = open_store(settings)
    audit = _audit_trail(settings, store, clock)
    address = base(settings.base_url)
    entrance = create_entrance(settings, store, address, clock, witness_of(audit))
    return _server(settings, store, entrance, audit, clock), entrance


def _server(
    settings: Settings, store: Store, entrance: Entrance, audit: Audit, clock: Clock
) -> Server:
    return Server(
        store=store,
        definitions=definitions(audit_for_patients=settings.audit_for_patients),
        authenticate=entrance.authenticate,
        security=entrance.security,
        audit=audit,
        pages=Pages(subkey(settings.secret(), "pages"), clock),
        clock=clock,
        zone=settings.time_zone,
        started=clock(),
        version=own_version(),
        base_url=base(settings.base_url),
        proxies=settings.proxies,
        limits=_limits(settings),
        writes=Writes(settings.update_create, settings.delete_multiple, settings.require_if_match),
        ignored=frozenset(filter(None, settings.ignored_parameters.replace(" ", "").split(","))),
        staff=staff_of(settings),
        read_at=reading_times(store, clock),
        ready=store.check,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        default_count=settings.default_count,
        max_count=settings.max_count,
        max_body=settings.max_body,
        max_depth=settings.max_depth,
        max_entries=settings.max_entries,
        max_included=settings.max_included,
        search=Bounds(settings.max_parameters, settings.max_values, settings.max_chain),
    )


def _audit_trail(settings: Settings, store: Store, clock: Clock) -> Audit:
    """Return where requests are recorded before they are answered."""
    match settings.audit:
        case "journal":
            return Journalled(store, Journal(settings.audit_folder, clock))
        case "strict":
            return Committed(store)
        case "off":
            return Untold()

"""The web process, wired: settings in, one WSGI application out."""

from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from flask import Flask

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.remembering import RememberingTable
from fhirbridge.auth.tokens import Granted, TokenTable, authenticate
from fhirbridge.fhir.identity import subkey
from fhirbridge.fhir.instant import SECOND, system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.rest.exchange import BASE
from fhirbridge.rest.fast import FastPath
from fhirbridge.rest.flask import bind
from fhirbridge.rest.paging import Pages
from fhirbridge.rest.server import Limits, Server, Writes
from fhirbridge.settings import Settings
from fhirbridge.store.audit.journal import Journal
from fhirbridge.store.audit.trail import Audit, Committed, Journalled, Untold
from fhirbridge.store.cursors import Cursors
from fhirbridge.store.database import Limits as Patience
from fhirbridge.store.store import Store
from fhirbridge.store.tokens import Tokens

Clock = Callable[[], int]

# Which stream of a source says how fresh a type is.
STREAMS = {"Slot": "schedule"}


def from_environment() -> FastPath:
    """Return the application that the environment describes; raises SettingsError."""
    return create_app(Settings.load())


def create_app(settings: Settings, clock: Clock = system_clock) -> FastPath:
    """Return the web process for `settings`; raises SettingsError without a secret."""
    return application(create_server(settings, clock))


def application(server: Server) -> FastPath:
    """Return `server` behind its two fronts: Flask, and before it the fast path."""
    flask = Flask("fhirbridge", static_folder=None)
    bind(flask, server)
    return FastPath(server, flask.wsgi_app)


def create_server(settings: Settings, clock: Clock = system_clock) -> Server:
    """Return what the interactions work with."""
    types = definitions()
    base_url = base(settings.base_url)
    patience = Patience(statement=settings.statement_timeout)
    store = Store.open(settings.database_url, types, settings.time_zone, base_url, patience)
    return Server(
        store=store,
        definitions=types,
        authenticate=authenticator(RememberingTable(TokensOf(store), clock), clock),
        audit=audit_trail(settings, store, clock),
        pages=Pages(subkey(settings.secret(), "pages"), clock),
        clock=clock,
        zone=settings.time_zone,
        started=clock(),
        version=own_version(),
        base_url=base_url,
        limits=Limits(
            default_count=settings.default_count,
            max_count=settings.max_count,
            max_body=settings.max_body,
            max_depth=settings.max_depth,
            max_entries=settings.max_entries,
            max_included=settings.max_included,
        ),
        writes=Writes(settings.update_create, settings.delete_multiple, settings.require_if_match),
        read_at=reading_times(store, clock),
        ready=store.check,
    )


def audit_trail(settings: Settings, store: Store, clock: Clock) -> Audit:
    """Return where requests are recorded before they are answered."""
    match settings.audit:
        case "journal":
            return Journalled(store, Journal(settings.audit_folder, clock))
        case "strict":
            return Committed(store)
        case "off":
            return Untold()


class TokensOf:
    """The tokens of a store for whichever thread asks: each has a connection of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, token_hash: bytes, /) -> Granted | None:
        """Return what the token with that hash stands for, unless it was revoked."""
        return self._store.database.read(lambda held: Tokens(held).find(token_hash))

    def add(self, grant: Granted, /) -> None:
        """Keep a new token."""
        self._store.tokens.add(grant)

    def revoke(self, token_hash: bytes, /) -> bool:
        """End a token now; return whether there was one."""
        return self._store.tokens.revoke(token_hash)


def reading_times(store: Store, clock: Clock) -> Callable[[str], int | None]:
    """Return the function from a type to when its sources were last read, the oldest of them.

    The database is asked at most once a second.
    """

    @lru_cache(maxsize=len(STREAMS))
    def asked(type_: str, second: int) -> int | None:
        del second
        positions = store.database.read(lambda held: Cursors(held).all())
        found = [one.read for one in positions if one.stream == STREAMS.get(type_)]
        return min(found, default=None)

    return lambda type_: asked(type_, clock() // SECOND)


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

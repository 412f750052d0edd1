"""Who is let in: our own tokens, those of trusted issuers, and the server that gives them out."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint

from fhirbridge.app.issuers import login_providers, trusted_issuers
from fhirbridge.app.relations import CurrentRelations
from fhirbridge.app.tables import TokensOf, tables_of
from fhirbridge.auth.external import create_external, either
from fhirbridge.auth.principal import Principal
from fhirbridge.auth.remembering import RememberingTable
from fhirbridge.auth.smart.capability import capability_security
from fhirbridge.auth.smart.events import Event
from fhirbridge.auth.smart.policy import Policy, Relations
from fhirbridge.auth.smart.tables import Tables
from fhirbridge.auth.staff import DAY, Staff
from fhirbridge.auth.tokens import TokenTable, authenticate
from fhirbridge.resources.registry import definitions
from fhirbridge.rest.exchange import BASE
from fhirbridge.search.parameter import SearchContext
from fhirbridge.settings import Settings
from fhirbridge.store.store import Store

log = logging.getLogger(__name__)

Clock = Callable[[], int]
Authenticate = Callable[[str | None], Principal]
Witness = Callable[[Event], object]
# A token that was ended elsewhere is refused here within a second, looking it up included (µs).
REMEMBERED = 900_000
UNMOUNTED = (
    "FHIRBRIDGE_BASE_URL is not set: the authorization server needs one public address and is"
    " switched off (nobody can log in)"
)
# `rest.security` of a server that gives out no tokens over HTTP.
NO_AUTHORIZATION: Mapping[str, Any] = {"cors": True}


@dataclass(frozen=True, slots=True)
class Entrance:
    """How callers prove themselves, and what makes the authorization server, if there is one."""

    authenticate: Authenticate
    authorization: Callable[[], Blueprint] | None
    security: Mapping[str, Any]


def create_entrance(
    settings: Settings, store: Store, base_url: str, clock: Clock, witness: Witness
) -> Entrance:
    """Return the entrance of a process; it says so when there is no authorization server.

    `witness` is told of logins and consents before they happen. Raises SettingsError for an issuer
    or provider that cannot be one.
    """
    # One table for both sides: a token that one revokes is not remembered by the other.
    known = RememberingTable(TokensOf(store), clock, REMEMBERED)
    if not base_url:
        log.warning(UNMOUNTED)
        return Entrance(_own(known, clock), None, NO_AUTHORIZATION)
    tables = tables_of(store.database, known)
    context = partial(_context, settings, base_url, clock)
    relations = CurrentRelations(store, staff_of(settings), context)
    policy, secret = _policy(settings, base_url, relations), settings.secret()

    def authorization() -> Blueprint:
        # Much to load, and many processes are never asked for it.
        from fhirbridge.auth.smart.authorization import create_authorization  # noqa: PLC0415
        from fhirbridge.auth.smart.flask import smart_blueprint  # noqa: PLC0415

        return smart_blueprint(create_authorization(policy, tables, clock, secret, witness=witness))

    authenticated = _all(settings, base_url, tables, clock)
    return Entrance(authenticated, authorization, capability_security(policy))


def _own(table: TokenTable, clock: Clock) -> Authenticate:
    """Return the function from an Authorization header to who sent it."""
    return lambda authorization: authenticate(authorization, table, clock())


def _all(settings: Settings, base_url: str, tables: Tables, clock: Clock) -> Authenticate:
    """Return the same, which knows tokens of the configured issuers too."""
    issuers = trusted_issuers(settings.configuration())
    own = _own(tables.tokens, clock)
    if not issuers:
        return own
    return either(own, create_external(issuers, base_url, tables.users.linked, clock))


def staff_of(settings: Settings) -> Staff:
    """Return how far practitioners look."""
    before, after = settings.relation_before * DAY, settings.relation_after * DAY
    return Staff(before, after, settings.break_glass)


def _context(settings: Settings, base_url: str, clock: Clock) -> SearchContext:
    return SearchContext(settings.time_zone, base_url, clock())


def _policy(settings: Settings, base_url: str, relations: Relations) -> Policy:
    configuration = settings.configuration()
    token = settings.registration_token
    hashed = hashlib.sha256(token.get_secret_value()).digest() if token else None
    return Policy(
        issuer=base_url.removesuffix(BASE),
        fhir_base=base_url,
        types=frozenset(definitions()),
        proxies=settings.proxies,
        registration_token=hashed,
        providers=login_providers(configuration),
        clinic=configuration.clinic,
        bare_scope_codes=settings.bare_scope_codes,
        relations=relations,
    )

"""The store's tables as the authorization server asks for them."""

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
from fhirbridge.auth.smart.tables import Tables
from fhirbridge.auth.tokens import Granted, TokenTable
from fhirbridge.store.clients import Clients
from fhirbridge.store.database import Database
from fhirbridge.store.grants import Grants
from fhirbridge.store.once import Assertions, Attempts, Launches, SigningKeys
from fhirbridge.store.sessions import Sessions
from fhirbridge.store.store import Store
from fhirbridge.store.tokens import Tokens
from fhirbridge.store.users import Users


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


def tables_of(database: Database, tokens: TokenTable) -> Tables:
    """Return the tables; `tokens` is the one that the FHIR side asks, too."""
    return Tables(
        tokens=tokens,
        clients=Clients(database, Client),
        users=Users(database, Account, DeskCode),
        sessions=Sessions(database, Session),
        grants=Grants(database, AppGrant, Refresh, Access),
        launches=Launches(database, Launch),
        assertions=Assertions(database),
        attempts=Attempts(database),
        signing_keys=SigningKeys(database),
    )

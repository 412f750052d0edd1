"""What the authorization server keeps: clients, accounts, what was granted, what was used once.

Of every secret that travels only a hash is kept: codes, tokens and session cookies as SHA-256,
passwords and client secrets under a slow function, signing keys sealed.
"""

from sqlalchemy import Index, Table

from fhirbridge.store.tables.columns import (
    BYTES,
    LONG,
    SHORT,
    TEXT,
    metadata,
    optional,
    part,
    required,
)

oauth_client = Table(
    "oauth_client",
    metadata,
    part("id", TEXT),
    required("name"),
    optional("secret"),
    optional("jwks"),
    optional("jwks_url"),
    required("redirect_uris"),
    required("scopes"),
    required("created", LONG),
)
account = Table(
    "account",
    metadata,
    part("name", TEXT),
    optional("password"),
    required("fhir_user"),
    required("created", LONG),
    optional("disabled", LONG),
)
account_link = Table(
    "account_link",
    metadata,
    part("issuer", TEXT),
    part("subject", TEXT),
    required("account"),
    Index("account_link_account", "account"),
)
desk_code = Table(
    "desk_code",
    metadata,
    part("hash", BYTES),
    required("fhir_user"),
    required("created", LONG),
    required("expires", LONG),
    optional("used", LONG),
)
login_session = Table(
    "login_session",
    metadata,
    part("hash", BYTES),
    required("account"),
    required("created", LONG),
    required("expires", LONG),
    Index("login_session_account", "account"),
)
oauth_grant = Table(
    "oauth_grant",
    metadata,
    part("id", TEXT),
    required("client"),
    required("account"),
    required("fhir_user"),
    required("scopes"),
    optional("patient"),
    optional("encounter"),
    optional("intent"),
    optional("nonce"),
    required("redirect_uri"),
    required("challenge"),
    required("code", BYTES),
    required("code_expires", LONG),
    required("session", BYTES),
    required("login_at", LONG),
    required("refreshes"),
    required("created", LONG),
    required("expires", LONG),
    optional("code_used", LONG),
    optional("revoked", LONG),
    Index("oauth_grant_code", "code", unique=True),
    Index("oauth_grant_account", "account"),
    Index("oauth_grant_client", "client"),
    Index("oauth_grant_session", "session"),
)
oauth_refresh = Table(
    "oauth_refresh",
    metadata,
    part("hash", BYTES),
    required("grant_id"),
    required("scopes"),
    required("issued", LONG),
    required("expires", LONG),
    optional("used", LONG),
    Index("oauth_refresh_grant", "grant_id"),
)
oauth_access = Table(
    "oauth_access",
    metadata,
    part("hash", BYTES),
    optional("grant_id"),
    required("client"),
    required("scopes"),
    required("expires", LONG),
    Index("oauth_access_grant", "grant_id"),
    Index("oauth_access_client", "client"),
)
oauth_launch = Table(
    "oauth_launch",
    metadata,
    part("hash", BYTES),
    required("client"),
    required("fhir_user"),
    optional("patient"),
    optional("encounter"),
    optional("intent"),
    required("expires", LONG),
    optional("used", LONG),
)
oauth_assertion = Table(
    "oauth_assertion", metadata, part("client", TEXT), part("jti", TEXT), required("expires", LONG)
)
signing_key = Table("signing_key", metadata, part("slot", LONG), required("sealed", BYTES))
attempt = Table(
    "attempt", metadata, part("key", BYTES), required("since", LONG), required("count", SHORT)
)

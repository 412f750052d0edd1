"""What the authorization server keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "oauth_client",
        sa.Column("id", TEXT, primary_key=True, autoincrement=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("secret", TEXT),
        sa.Column("jwks", TEXT),
        sa.Column("jwks_url", TEXT),
        sa.Column("redirect_uris", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "account",
        sa.Column("name", TEXT, primary_key=True, autoincrement=False),
        sa.Column("password", TEXT),
        sa.Column("fhir_user", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.BigInteger()),
    )
    op.create_table(
        "account_link",
        sa.Column("issuer", TEXT, primary_key=True, autoincrement=False),
        sa.Column("subject", TEXT, primary_key=True, autoincrement=False),
        sa.Column("account", TEXT, nullable=False),
    )
    op.create_index("account_link_account", "account_link", ["account"])
    op.create_table(
        "desk_code",
        sa.Column("hash", sa.LargeBinary(), primary_key=True, autoincrement=False),
        sa.Column("fhir_user", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger()),
    )
    op.create_table(
        "login_session",
        sa.Column("hash", sa.LargeBinary(), primary_key=True, autoincrement=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
    )
    op.create_index("login_session_account", "login_session", ["account"])
    op.create_table(
        "oauth_grant",
        sa.Column("id", TEXT, primary_key=True, autoincrement=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("fhir_user", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("patient", TEXT),
        sa.Column("encounter", TEXT),
        sa.Column("intent", TEXT),
        sa.Column("nonce", TEXT),
        sa.Column("redirect_uri", TEXT, nullable=False),
        sa.Column("challenge", TEXT, nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("code_expires", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=False),
        sa.Column("login_at", sa.BigInteger(), nullable=False),
        sa.Column("refreshes", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("code_used", sa.BigInteger()),
        sa.Column("revoked", sa.BigInteger()),
    )
    op.create_index("oauth_grant_account", "oauth_grant", ["account"])
    op.create_index("oauth_grant_client", "oauth_grant", ["client"])
    op.create_index("oauth_grant_code", "oauth_grant", ["code"], unique=True)
    op.create_index("oauth_grant_session", "oauth_grant", ["session"])
    op.create_table(
        "oauth_refresh",
        sa.Column("hash", sa.LargeBinary(), primary_key=True, autoincrement=False),
        sa.Column("grant_id", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger()),
    )
    op.create_index("oauth_refresh_grant", "oauth_refresh", ["grant_id"])
    op.create_table(
        "oauth_access",
        sa.Column("hash", sa.LargeBinary(), primary_key=True, autoincrement=False),
        sa.Column("grant_id", TEXT),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
    )
    op.create_index("oauth_access_client", "oauth_access", ["client"])
    op.create_index("oauth_access_grant", "oauth_access", ["grant_id"])
    op.create_table(
        "oauth_launch",
        sa.Column("hash", sa.LargeBinary(), primary_key=True, autoincrement=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("fhir_user", TEXT, nullable=False),
        sa.Column("patient", TEXT),
        sa.Column("encounter", TEXT),
        sa.Column("intent", TEXT),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger()),
    )
    op.create_table(
        "oauth_assertion",
        sa.Column("client", TEXT, primary_key=True, autoincrement=False),
        sa.Column("jti", TEXT, primary_key=True, autoincrement=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "signing_key",
        sa.Column("slot", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "attempt",
        sa.Column("key", sa.LargeBinary(), primary_key=True, autoincrement=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("attempt")
    op.drop_table("signing_key")
    op.drop_table("oauth_assertion")
    op.drop_table("oauth_launch")
    op.drop_table("oauth_access")
    op.drop_table("oauth_refresh")
    op.drop_table("oauth_grant")
    op.drop_table("login_session")
    op.drop_table("desk_code")
    op.drop_table("account_link")
    op.drop_table("account")
    op.drop_table("oauth_client")

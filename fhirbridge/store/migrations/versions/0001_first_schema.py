"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "context",
        sa.Column("row", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
    )
    op.create_table(
        "cursor",
        sa.Column("source", TEXT, primary_key=True, autoincrement=False),
        sa.Column("stream", TEXT, primary_key=True, autoincrement=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "history",
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "hot",
        sa.Column("key", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sort", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("hot_row", "hot", ["row"])
    op.create_table(
        "identity",
        sa.Column("source", TEXT, primary_key=True, autoincrement=False),
        sa.Column("kind", TEXT, primary_key=True, autoincrement=False),
        sa.Column("key", TEXT, primary_key=True, autoincrement=False),
        sa.Column("patient", TEXT, nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
    )
    op.create_index("identity_patient", "identity", ["patient"])
    op.create_table(
        "identity_conflict",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("patient", TEXT, nullable=False),
        sa.Column("other", TEXT, nullable=False),
        sa.Column("noted", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger()),
    )
    op.create_index(
        "identity_conflict_pair",
        "identity_conflict",
        ["source", "kind", "key", "patient", "other"],
        unique=True,
    )
    op.create_table(
        "idx_date",
        sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("low", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("element", sa.Integer(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("idx_date_row", "idx_date", ["row", "param"])
    op.create_table(
        "idx_number",
        sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("low", sa.Double(), primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("element", sa.Integer(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("idx_number_row", "idx_number", ["row", "param"])
    op.create_table(
        "idx_quantity",
        sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("low", sa.Double(), primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("element", sa.Integer(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("system", TEXT),
        sa.Column("code", TEXT),
        sa.Column("unit", TEXT),
        sqlite_with_rowid=False,
    )
    op.create_index("idx_quantity_row", "idx_quantity", ["row", "param"])
    op.create_table(
        "idx_reference",
        sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("target", TEXT, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("element", sa.Integer(), nullable=False),
        sa.Column("type", TEXT),
        sa.Column("id", TEXT),
        sa.Column("version", TEXT),
        sqlite_with_rowid=False,
    )
    op.create_index("idx_reference_row", "idx_reference", ["row", "param"])
    op.create_table(
        "idx_string",
        sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("head", TEXT, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("element", sa.Integer(), nullable=False),
        sa.Column("folded", TEXT, nullable=False),
        sa.Column("exact", TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("idx_string_row", "idx_string", ["row", "param"])
    op.create_table(
        "idx_token",
        sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("code", TEXT, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("element", sa.Integer(), nullable=False),
        sa.Column("system", TEXT),
        sa.Column("text", TEXT),
        sqlite_with_rowid=False,
    )
    op.create_index("idx_token_row", "idx_token", ["row", "param"])
    op.create_table(
        "idx_uri",
        sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("head", TEXT, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("element", sa.Integer(), nullable=False),
        sa.Column("uri", TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("idx_uri_row", "idx_uri", ["row", "param"])
    op.create_table(
        "issue",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("stream", TEXT, nullable=False),
        sa.Column("item_key", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("record", sa.BigInteger()),
        sa.Column("noted", sa.BigInteger(), nullable=False),
    )
    op.create_index("issue_item", "issue", ["source", "stream", "item_key", "code"], unique=True)
    op.create_table(
        "lineage",
        sa.Column("row", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("mapping", TEXT, nullable=False),
        sa.Column("map_row", TEXT),
    )
    op.create_index("lineage_record", "lineage", ["record"])
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", TEXT),
        sa.Column("created", sa.BigInteger(), nullable=False),
    )
    op.create_index("outbox_due", "outbox", ["state", "due"])
    op.create_table(
        "owner",
        sa.Column("patient", TEXT, primary_key=True, autoincrement=False),
        sa.Column("type", TEXT, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("owner_row", "owner", ["row"])
    op.create_table(
        "quarantine",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("stream", TEXT, nullable=False),
        sa.Column("record_key", TEXT, nullable=False),
        sa.Column("item_key", TEXT, nullable=False),
        sa.Column("mapping", TEXT, nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("reason_code", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger()),
    )
    op.create_index(
        "quarantine_item",
        "quarantine",
        ["source", "stream", "record_key", "item_key", "mapping"],
        unique=True,
    )
    op.create_table(
        "record",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("stream", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
    )
    op.create_index(
        "record_newest",
        "record",
        ["source", "stream", "key"],
        unique=True,
        sqlite_where=sa.text("newest"),
        postgresql_where=sa.text("newest"),
    )
    op.create_index("record_stream", "record", ["source", "stream", "id"])
    op.create_table(
        "relation",
        sa.Column("practitioner", TEXT, primary_key=True, autoincrement=False),
        sa.Column("patient", TEXT, primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("relation_row", "relation", ["row"])
    op.create_table(
        "resource",
        sa.Column("row", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.LargeBinary()),
    )
    op.create_index("resource_identity", "resource", ["type", "id"], unique=True)
    op.create_index(
        "resource_walk",
        "resource",
        ["type", "row"],
        sqlite_where=sa.text("NOT deleted"),
        postgresql_where=sa.text("NOT deleted"),
    )
    op.create_table(
        "run",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("stream", TEXT, nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger()),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("report", TEXT, nullable=False),
    )
    op.create_index("run_stream", "run", ["source", "stream", "id"])
    op.create_table(
        "shown",
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("patient", TEXT, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "token",
        sa.Column("hash", sa.LargeBinary(), primary_key=True, autoincrement=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("patient", TEXT),
        sa.Column("fhir_user", TEXT),
        sa.Column("client", TEXT),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger()),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE resource_row")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE resource_row")
    op.drop_table("token")
    op.drop_table("shown")
    op.drop_table("run")
    op.drop_table("resource")
    op.drop_table("relation")
    op.drop_table("record")
    op.drop_table("quarantine")
    op.drop_table("owner")
    op.drop_table("outbox")
    op.drop_table("lineage")
    op.drop_table("issue")
    op.drop_table("idx_uri")
    op.drop_table("idx_token")
    op.drop_table("idx_string")
    op.drop_table("idx_reference")
    op.drop_table("idx_quantity")
    op.drop_table("idx_number")
    op.drop_table("idx_date")
    op.drop_table("identity_conflict")
    op.drop_table("identity")
    op.drop_table("hot")
    op.drop_table("history")
    op.drop_table("cursor")
    op.drop_table("context")

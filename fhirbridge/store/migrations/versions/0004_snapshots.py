"""Which transaction wrote each version, for pages that go on as they began."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column(
        "resource", sa.Column("changed", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "superseded",
        sa.Column("type", TEXT, primary_key=True, autoincrement=False),
        sa.Column("ended", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    ledger = op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cluster", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(ledger, [{"id": 1, "number": 0, "cluster": 0}])


def downgrade() -> None:
    op.drop_table("ledger")
    op.drop_table("superseded")
    op.drop_column("resource", "changed")

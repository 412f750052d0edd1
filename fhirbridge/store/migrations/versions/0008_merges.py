"""Which patients staff said are one person, and what that moved."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "patient_merge",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        *(sa.Column(name, text, nullable=False) for name in ("merged", "survivor", "staff", "reason")),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
    )
    op.create_index("patient_merge_merged", "patient_merge", ["merged"])
    op.create_index("patient_merge_survivor", "patient_merge", ["survivor"])
    op.create_table(
        "patient_merge_undone",
        sa.Column("merge", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("staff", text, nullable=False),
        sa.Column("undone", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "patient_merge_moved",
        sa.Column("merge", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", text, primary_key=True, autoincrement=False),
        sa.Column("name", text, primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger()),
    )


def downgrade() -> None:
    for table in ("patient_merge_moved", "patient_merge_undone", "patient_merge"):
        op.drop_table(table)

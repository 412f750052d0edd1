"""The order of history: newest first, of a type and of all."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("resource_updated", "resource", ["type", "updated", "row"])
    op.create_index("history_updated", "history", ["updated", "row"])


def downgrade() -> None:
    op.drop_index("history_updated", "history")
    op.drop_index("resource_updated", "resource")

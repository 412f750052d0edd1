"""From what the index was made: see `fhirbridge.store.index.fingerprint`.

A database that comes here from before does not know, and is indexed anew once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("ledger", sa.Column("made_from", text))


def downgrade() -> None:
    op.drop_column("ledger", "made_from")

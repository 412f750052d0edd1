"""When a practitioner's relation to a patient begins and ends.

Relations of what the index already knows get their times from there.
"""

from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# The parameters that say when: what numbers they have is in `fhirbridge.store.index.rows`.
MOMENTS = ("Appointment.date", "ServiceRequest.authored")


def upgrade() -> None:
    for name in ("begins", "ends"):
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("relation", column)
    numbers = ", ".join(str(signed(crc32(name.encode()))) for name in MOMENTS)
    times = f"FROM idx_date d WHERE d.row = relation.row AND d.param IN ({numbers})"
    op.execute(
        f"UPDATE relation SET begins = coalesce((SELECT min(d.low) {times}), 0),"
        f" ends = coalesce((SELECT max(d.high) {times}), 0)"
    )


def downgrade() -> None:
    for name in ("begins", "ends"):
        op.drop_column("relation", name)


def signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number

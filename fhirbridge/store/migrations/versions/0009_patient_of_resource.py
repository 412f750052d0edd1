"""A resource with one owner says itself whose it is: not looked up for each row of a page."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("resource", sa.Column("patient", text))
    op.execute(
        "UPDATE resource SET patient = (SELECT min(o.patient) FROM owner o"
        " WHERE o.row = resource.row HAVING count(*) = 1)"
    )


def downgrade() -> None:
    # The policy looks at it; `init` puts it in place again.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP POLICY IF EXISTS fhirbridge_patient ON resource")
    op.drop_column("resource", "patient")

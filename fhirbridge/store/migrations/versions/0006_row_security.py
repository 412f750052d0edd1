"""What the policies of PostgreSQL need to know of the declarations.

`migrate` fills the tables and makes the policies (`fhirbridge.store.protecting`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ROLES = ("fhirbridge_patient", "fhirbridge_practitioner")
LIMITED = ("resource", "history", "shown")


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table("directory_type", sa.Column("type", text, primary_key=True))
    number = sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False)
    op.create_table("patient_parameter", number)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in LIMITED:
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
            for role in ROLES:
                op.execute(f"DROP POLICY IF EXISTS {role} ON {table}")
        for name in ("patient", "practitioner"):
            op.execute(f"DROP FUNCTION IF EXISTS fhirbridge_context_of_{name}(int8)")
    op.drop_table("patient_parameter")
    op.drop_table("directory_type")

"""Roles by which persons' tokens read, and which rows there are for them: PostgreSQL only.

The web process connects as the owner of the tables, to whom no policy applies, and becomes one of
these roles for a statement (`fhirbridge.store.row_security`). SQLite has no such net.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ROLES = ("fhirbridge_patient", "fhirbridge_practitioner")
READ = (
    "resource", "history", "superseded", "owner", "shown", "context", "relation", "hot",
    "idx_token", "idx_reference", "idx_date", "idx_string", "idx_number", "idx_quantity",
    "idx_uri", "ledger", "directory_type", "patient_parameter",
)
LIMITED = ("resource", "history", "shown")
DIRECTORY = "type IN (SELECT d.type FROM directory_type d)"
PATIENT = "current_setting('fhirbridge.patient', true)"
RELATED = (
    "k.practitioner = current_setting('fhirbridge.practitioner', true)"
    " AND k.begins < current_setting('fhirbridge.until', true)::int8"
    " AND k.ends > current_setting('fhirbridge.since', true)::int8"
)
# A policy on a table cannot look into it again, a function that runs as its owner can.
FUNCTION = """
CREATE FUNCTION {name}("row" int8) RETURNS bool LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT EXISTS (
    SELECT 1 FROM context c JOIN resource x ON x.type = c.type AND x.id = c.id
    WHERE c.row = $1 AND NOT x.deleted AND ({condition})
  )
$$
"""


def upgrade() -> None:
    # Filled by `migrate` from the declarations of the program.
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table("directory_type", sa.Column("type", text, primary_key=True))
    number = sa.Column("param", sa.Integer(), primary_key=True, autoincrement=False)
    op.create_table("patient_parameter", number)
    if op.get_bind().dialect.name != "postgresql":
        return
    for role in ROLES:
        op.execute(made(role))
        op.execute(f"GRANT {role} TO CURRENT_USER")
        op.execute(f"GRANT SELECT ON {', '.join(READ)} TO {role}")
    op.execute(grant_schema())
    about = (
        "EXISTS (SELECT 1 FROM idx_reference i JOIN relation k ON k.patient = i.id"
        f" WHERE i.row = {{0}}.row AND i.param IN (SELECT p.param FROM patient_parameter p) AND i.type = 'Patient' AND {RELATED})"
    )
    themselves = (
        f"{{0}}.type = 'Patient' AND EXISTS (SELECT 1 FROM relation k WHERE k.patient = {{0}}.id"
        f" AND {RELATED})"
    )
    owned = f"EXISTS (SELECT 1 FROM owner p WHERE p.patient = {PATIENT} AND p.row = x.row)"
    related = f"({themselves}) OR {about}".format("x")
    op.execute(FUNCTION.format(name="fhirbridge_context_of_patient", condition=owned))
    op.execute(FUNCTION.format(name="fhirbridge_context_of_practitioner", condition=related))
    for table in LIMITED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    policy(
        ROLES[0],
        "resource",
        f"EXISTS (SELECT 1 FROM owner o WHERE o.patient = {PATIENT} AND o.type = resource.type"
        " AND o.row = resource.row)"
        f" OR (shown IS NOT NULL AND {DIRECTORY})"
        " OR (type = 'Binary' AND fhirbridge_context_of_patient(row))",
    )
    policy(
        ROLES[1],
        "resource",
        f"{DIRECTORY} OR {about.format('resource')} OR ({themselves.format('resource')})"
        " OR (type = 'Binary' AND fhirbridge_context_of_practitioner(row))",
    )
    for role in ROLES:
        policy(role, "history", "EXISTS (SELECT 1 FROM resource r WHERE r.row = history.row)")
    policy(ROLES[0], "shown", f"patient = {PATIENT}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        unlimited()
    op.drop_table("patient_parameter")
    op.drop_table("directory_type")


def unlimited() -> None:
    for table in LIMITED:
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        for role in ROLES:
            op.execute(f"DROP POLICY IF EXISTS {role} ON {table}")
    for name in ("patient", "practitioner"):
        op.execute(f"DROP FUNCTION fhirbridge_context_of_{name}(int8)")
    for role in ROLES:
        op.execute(f"REVOKE SELECT ON {', '.join(READ)} FROM {role}")


def policy(role: str, table: str, condition: str) -> None:
    op.execute(f"CREATE POLICY {role} ON {table} FOR SELECT TO {role} USING ({condition})")


def made(role: str) -> str:
    """Return what makes a role that another database of the server may have made already."""
    return f"""
    DO $$ BEGIN
      IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN;
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$
    """


def grant_schema() -> str:
    """Return what lets the roles name the tables where these are not in `public`."""
    roles = ", ".join(ROLES)
    return f"""
    DO $$ BEGIN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO {roles}', current_schema());
    END $$
    """


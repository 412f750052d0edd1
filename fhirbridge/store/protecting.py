"""Tell PostgreSQL which rows there are for the roles by which persons' tokens read.

Run by `init`, each time anew: a copy restored elsewhere has lost its roles. The web process
connects as the owner of the tables, to whom no policy applies, and becomes one of the roles for a
statement (`fhirbridge.store.row_security`). SQLite has no such net.
https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

# ruff: noqa: S608 (constants of this file only)

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.store.row_security import LIMITED, ROLES

MISSING = (
    "the database's user may not make the roles that row-level security needs: let an administrator"
    " run CREATE ROLE fhirbridge_patient; CREATE ROLE fhirbridge_practitioner;"
    " GRANT fhirbridge_patient, fhirbridge_practitioner TO that user; then `fhirbridge init` again"
)
OF_PATIENTS, OF_PRACTITIONERS = ROLES
# What statements for persons look at.
READ = (
    "resource", "history", "superseded", "owner", "shown", "context", "relation", "hot",
    "idx_token", "idx_reference", "idx_date", "idx_string", "idx_number", "idx_quantity",
    "idx_uri", "ledger", "directory_type", "patient_parameter",
)  # fmt: skip
DIRECTORY = "type IN (SELECT d.type FROM directory_type d)"
PATIENT = "current_setting('fhirbridge.patient', true)"
RELATED = (
    "k.practitioner = current_setting('fhirbridge.practitioner', true)"
    " AND k.begins < current_setting('fhirbridge.until', true)::int8"
    " AND k.ends > current_setting('fhirbridge.since', true)::int8"
)
ABOUT = (
    "EXISTS (SELECT 1 FROM idx_reference i JOIN relation k ON k.patient = i.id"
    " WHERE i.row = {0}.row AND i.param IN (SELECT p.param FROM patient_parameter p)"
    f" AND i.type = 'Patient' AND {RELATED})"
)
THEMSELVES = (
    "({0}.type = 'Patient'"
    f" AND EXISTS (SELECT 1 FROM relation k WHERE k.patient = {{0}}.id AND {RELATED}))"
)
# Through what a row is visible: a policy on a table cannot look into it again, a function that
# runs as its owner can.
THROUGH = {
    "fhirbridge_context_of_patient": (
        f"EXISTS (SELECT 1 FROM owner p WHERE p.patient = {PATIENT} AND p.row = x.row)"
    ),
    "fhirbridge_context_of_practitioner": f"{THEMSELVES} OR {ABOUT}".format("x"),
}
FUNCTION = """
CREATE OR REPLACE FUNCTION {name}("row" int8) RETURNS bool LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT EXISTS (
    SELECT 1 FROM context c JOIN resource x ON x.type = c.type AND x.id = c.id
    WHERE c.row = $1 AND NOT x.deleted AND ({condition})
  )
$$
"""
OF_CURRENT = "EXISTS (SELECT 1 FROM resource r WHERE r.row = history.row)"
# Role and table → the condition of a row.
POLICIES = {
    (OF_PATIENTS, "resource"): (
        # The subquery is looked at once in a statement, the setting at every row.
        # Asked in this order: what needs another table last.
        f"patient = (SELECT {PATIENT}) OR (shown IS NOT NULL AND {DIRECTORY})"
        f" OR EXISTS (SELECT 1 FROM owner o WHERE o.patient = {PATIENT}"
        " AND o.type = resource.type AND o.row = resource.row)"
        " OR (type = 'Binary' AND fhirbridge_context_of_patient(row))"
    ),
    (OF_PRACTITIONERS, "resource"): (
        f"{DIRECTORY} OR {ABOUT} OR {THEMSELVES}".format("resource")
        + " OR (type = 'Binary' AND fhirbridge_context_of_practitioner(row))"
    ),
    (OF_PATIENTS, "history"): OF_CURRENT,
    (OF_PRACTITIONERS, "history"): OF_CURRENT,
    (OF_PATIENTS, "shown"): f"patient = {PATIENT}",
}
# Another database of the server may have made the role already, or do so now.
MADE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
    CREATE ROLE {role} NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
# Lets the roles name the tables where these are not in `public`.
SCHEMA = """
DO $$ BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO {roles}', current_schema());
END $$
"""


def protect(connection: Connection) -> None:
    """Put roles, rights, functions and policies in place, within the caller's transaction.

    Raises ConfigurationError, one line, when our user may not make the roles.
    """
    for role in ROLES:
        _have(connection, role)
        connection.execute(text(f"GRANT SELECT ON {', '.join(READ)} TO {role}"))
    connection.execute(text(SCHEMA.format(roles=", ".join(ROLES))))
    for name, condition in THROUGH.items():
        connection.exec_driver_sql(FUNCTION.format(name=name, condition=condition))
    for table in LIMITED:
        connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
    for (role, table), condition in POLICIES.items():
        connection.execute(text(f"DROP POLICY IF EXISTS {role} ON {table}"))
        policy = f"CREATE POLICY {role} ON {table} FOR SELECT TO {role} USING ({condition})"
        connection.exec_driver_sql(policy)


def _have(connection: Connection, role: str) -> None:
    member = text("SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = :role")
    if connection.execute(member, {"role": role}).scalar():
        return
    try:
        connection.exec_driver_sql(MADE.format(role=role))
        connection.execute(text(f"GRANT {role} TO CURRENT_USER"))
    except ProgrammingError as error:
        raise ConfigurationError(MISSING) from error

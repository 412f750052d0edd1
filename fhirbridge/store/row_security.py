"""Rows of others do not exist for the roles by which persons' tokens read: PostgreSQL's own net.

`fhirbridge.store.protecting` made roles and policies. Tables that hold bodies are limited; an
index holds values without them. https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from fhirbridge.search.query import Visibility

ROLES = ("fhirbridge_patient", "fhirbridge_practitioner")
LIMITED = ("resource", "history", "shown")
# Whether we may become each role, and every table has policies that are heeded.
IN_PLACE = (
    "SELECT (SELECT count(*) FROM pg_roles WHERE rolname IN"
    " ('fhirbridge_patient', 'fhirbridge_practitioner') AND pg_has_role(oid, 'MEMBER')) = 2"
    " AND (SELECT count(*) FROM pg_class WHERE relrowsecurity AND oid IN"
    " ('resource'::regclass, 'history'::regclass, 'shown'::regclass)) = 3"
)
# `true`: until the transaction ends.
BECOME_PATIENT = (
    "SELECT set_config('fhirbridge.patient', ?, true),"
    " set_config('role', 'fhirbridge_patient', true)"
)
BECOME_PRACTITIONER = (
    "SELECT set_config('fhirbridge.practitioner', ?, true),"
    " set_config('fhirbridge.since', ?, true), set_config('fhirbridge.until', ?, true),"
    " set_config('role', 'fhirbridge_practitioner', true)"
)
BECOME_OURSELVES = "SELECT set_config('role', 'none', true)"
ALWAYS = (-(2**62), 2**62)


def become(reader: Visibility) -> tuple[str, tuple[str, ...]]:
    """Return the statement, and its values, that makes the next ones those of `reader`."""
    if reader.practitioner is None:
        return BECOME_PATIENT, (reader.patient or "",)
    low, high = reader.window or ALWAYS
    return BECOME_PRACTITIONER, (reader.practitioner, str(low), str(high))

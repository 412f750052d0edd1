"""What a database does for itself sooner or later, done at once after much was written."""

from fhirbridge.store.database import Database
from fhirbridge.store.filling import COLUMNS

TABLES = ("resource", *COLUMNS)


def tidied(database: Database) -> None:
    """Let PostgreSQL count what its tables hold, and note which pages everybody may see whole.

    Until then it guesses, and its plans are for an empty table:
    https://www.postgresql.org/docs/current/routine-vacuuming.html. SQLite's plans do not depend
    on what tables hold. Raises Unavailable when the database cannot answer.
    """
    if database.address.path is not None:
        return
    connection = database.connection
    connection.execute("SET statement_timeout = 0")
    try:
        for table in TABLES:
            connection.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        if connection.usable:
            connection.execute("RESET statement_timeout")

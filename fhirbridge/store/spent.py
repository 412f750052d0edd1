"""Removes what the authorization server will never look at again. Run once a day by the worker."""

from fhirbridge.store.database import Database
from fhirbridge.store.rows import count

# Ended grants stay this long, for "who had access"; their tokens' hashes go first.
DAY = 24 * 3600 * 1_000_000
KEPT = 30 * DAY
# Longer than any window in which attempts are counted.
ATTEMPTS = "DELETE FROM attempt WHERE since <= ?"
EXPIRED = (
    "DELETE FROM oauth_assertion WHERE expires <= ?",
    "DELETE FROM oauth_launch WHERE expires <= ?",
    "DELETE FROM login_session WHERE expires <= ?",
)
LONG_EXPIRED = (
    "DELETE FROM oauth_access WHERE expires <= ?",
    "DELETE FROM oauth_refresh WHERE expires <= ?",
    "DELETE FROM oauth_grant WHERE expires <= ? OR (code_used IS NULL AND code_expires <= ?)",
    "DELETE FROM desk_code WHERE expires <= ?",
    "DELETE FROM token WHERE expires <= ?",
)


def sweep(database: Database, now: int) -> int:
    """Delete what expired; return how many rows went. `now` is in microseconds."""
    gone = sum(count(database, sql, (now,)) for sql in EXPIRED)
    gone += count(database, ATTEMPTS, (now - DAY,))
    return gone + sum(count(database, sql, (now - KEPT,) * sql.count("?")) for sql in LONG_EXPIRED)

"""Every table, as SQLAlchemy Core. Imported by migrations and tests only: serving needs none of it.

Times are microseconds since 1970 UTC. Text compares by code point on both databases.
"""

from fhirbridge.store.tables import authorization, clinical, operational
from fhirbridge.store.tables.columns import metadata

__all__ = ["authorization", "clinical", "metadata", "operational"]

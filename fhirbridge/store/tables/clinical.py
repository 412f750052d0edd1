"""Resources, whose they are, and their index.

Index tables are clustered by (param, value, row), so that both "who has this value", in row order,
and "has this row that value" are one access; their second index serves deletes and absences.
"""

from typing import Any

from sqlalchemy import Column, Index, Table

from fhirbridge.store.tables.columns import (
    BYTES,
    FLAG,
    LONG,
    NUMBER,
    REAL,
    SHORT,
    TEXT,
    clustered,
    index_when,
    metadata,
    optional,
    part,
    required,
)

resource = Table(
    "resource",
    metadata,
    part("row", NUMBER),
    required("type"),
    required("id"),
    required("version", SHORT),
    required("updated", LONG),
    required("deleted", FLAG),
    required("hash", BYTES),
    required("body", BYTES),
    optional("shown", BYTES),
    # Which transaction wrote this version: `Connection.change`.
    Column("changed", LONG, nullable=False, server_default="0"),
    # The one patient whose it is; NULL when there is none, or several.
    optional("patient"),
    Index("resource_identity", "type", "id", unique=True),
    Index("resource_updated", "type", "updated", "row"),
    index_when("NOT deleted", "resource_walk", "type", "row"),
)
history = Table(
    "history",
    metadata,
    part("row", LONG),
    part("version", SHORT),
    required("updated", LONG),
    required("deleted", FLAG),
    required("body", BYTES),
    Index("history_updated", "updated", "row"),
)
# Versions that are no longer current: which transactions began and ended each.
superseded = clustered(
    "superseded",
    part("type", TEXT),
    part("ended", LONG),
    part("row", LONG),
    part("version", SHORT),
    required("began", LONG),
)
# One row: how many transactions wrote, where we count them, and whose count is in the numbers.
ledger = Table(
    "ledger",
    metadata,
    part("id", SHORT),
    required("number", LONG),
    required("cluster", LONG),
    optional("made_from"),
)
lineage = Table(
    "lineage",
    metadata,
    part("row", NUMBER),
    required("record", LONG),
    required("mapping"),
    optional("map_row"),
    Index("lineage_record", "record"),
)
owner = clustered(
    "owner", part("patient", TEXT), part("type", TEXT), part("row", LONG), Index("owner_row", "row")
)
shown = Table("shown", metadata, part("row", LONG), part("patient", TEXT), required("body", BYTES))
context = Table("context", metadata, part("row", NUMBER), required("type"), required("id"))
relation = clustered(
    "relation",
    part("practitioner", TEXT),
    part("patient", TEXT),
    part("row", LONG),
    Column("begins", LONG, nullable=False, server_default="0"),
    Column("ends", LONG, nullable=False, server_default="0"),
    Index("relation_row", "row"),
)
# What the policies of PostgreSQL need to know of the declarations: see migration 0006.
directory_type = Table("directory_type", metadata, part("type", TEXT))
patient_parameter = Table("patient_parameter", metadata, part("param", SHORT))
hot = clustered(
    "hot",
    part("key", LONG),
    part("sort", LONG),
    part("row", LONG),
    required("high", LONG),
    Index("hot_row", "row"),
)


def _index(kind: str, value: Column[Any], *columns: Column[Any]) -> Table:
    return clustered(
        f"idx_{kind}",
        part("param", SHORT),
        value,
        part("row", LONG),
        part("n", SHORT),
        required("element", SHORT),
        *columns,
        Index(f"idx_{kind}_row", "row", "param"),
    )


idx_token = _index("token", part("code", TEXT), optional("system"), optional("text"))
idx_reference = _index(
    "reference", part("target", TEXT), optional("type"), optional("id"), optional("version")
)
idx_date = _index("date", part("low", LONG), required("high", LONG))
idx_string = _index("string", part("head", TEXT), required("folded"), required("exact"))
idx_number = _index("number", part("low", REAL), required("high", REAL))
idx_quantity = _index(
    "quantity",
    part("low", REAL),
    required("high", REAL),
    optional("system"),
    optional("code"),
    optional("unit"),
)
idx_uri = _index("uri", part("head", TEXT), required("uri"))

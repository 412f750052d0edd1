"""What the road from a source needs: kept records, work to do, what went wrong, where we are."""

from sqlalchemy import Index, Table

from fhirbridge.store.tables.columns import (
    BYTES,
    FLAG,
    LONG,
    SHORT,
    TEXT,
    index_when,
    metadata,
    number,
    optional,
    part,
    required,
)

record = Table(
    "record",
    metadata,
    number(),
    required("source"),
    required("stream"),
    required("key"),
    required("hash", BYTES),
    required("received", LONG),
    required("body", BYTES),
    required("newest", FLAG),
    index_when("newest", "record_newest", "source", "stream", "key", unique=True),
    Index("record_stream", "source", "stream", "id"),
)
quarantine = Table(
    "quarantine",
    metadata,
    number(),
    required("source"),
    required("stream"),
    required("record_key"),
    required("item_key"),
    required("mapping"),
    required("record", LONG),
    required("reason_code"),
    required("reason"),
    required("held", LONG),
    optional("released", LONG),
    Index("quarantine_item", "source", "stream", "record_key", "item_key", "mapping", unique=True),
)
issue = Table(
    "issue",
    metadata,
    number(),
    required("source"),
    required("stream"),
    required("item_key"),
    required("code"),
    required("detail"),
    optional("record", LONG),
    required("noted", LONG),
    Index("issue_item", "source", "stream", "item_key", "code", unique=True),
)
outbox = Table(
    "outbox",
    metadata,
    number(),
    required("kind"),
    required("payload"),
    required("state"),
    required("due", LONG),
    required("fence", SHORT),
    required("attempts", SHORT),
    optional("error"),
    required("created", LONG),
    Index("outbox_due", "state", "due"),
)
cursor = Table(
    "cursor",
    metadata,
    part("source", TEXT),
    part("stream", TEXT),
    required("value"),
    required("read", LONG),
)
run = Table(
    "run",
    metadata,
    number(),
    required("source"),
    required("stream"),
    required("started", LONG),
    optional("finished", LONG),
    required("state"),
    required("report"),
    Index("run_stream", "source", "stream", "id"),
)
identity = Table(
    "identity",
    metadata,
    part("source", TEXT),
    part("kind", TEXT),
    part("key", TEXT),
    required("patient"),
    required("bound", LONG),
    Index("identity_patient", "patient"),
)
identity_conflict = Table(
    "identity_conflict",
    metadata,
    number(),
    required("source"),
    required("kind"),
    required("key"),
    required("patient"),
    required("other"),
    required("noted", LONG),
    optional("settled", LONG),
    Index("identity_conflict_pair", "source", "kind", "key", "patient", "other", unique=True),
)
patient_merge = Table(
    "patient_merge",
    metadata,
    number(),
    required("merged"),
    required("survivor"),
    required("staff"),
    required("reason"),
    required("confirmed", LONG),
    Index("patient_merge_merged", "merged"),
    Index("patient_merge_survivor", "survivor"),
)
patient_merge_undone = Table(
    "patient_merge_undone",
    metadata,
    part("merge", LONG),
    required("staff"),
    required("undone", LONG),
)
patient_merge_moved = Table(
    "patient_merge_moved",
    metadata,
    part("merge", LONG),
    part("kind", TEXT),
    part("name", TEXT),
    optional("version", LONG),
)
token = Table(
    "token",
    metadata,
    part("hash", BYTES),
    required("kind"),
    required("scopes"),
    optional("patient"),
    optional("fhir_user"),
    optional("client"),
    required("issued", LONG),
    required("expires", LONG),
    optional("revoked", LONG),
)

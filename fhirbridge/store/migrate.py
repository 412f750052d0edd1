"""Bring a database to the schema this program needs. Run by `init`, never while serving."""

# ruff: noqa: S608 (constants of this file only)

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import NullPool

from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.store.address import Address
from fhirbridge.store.index.numbers import param
from fhirbridge.store.protecting import protect
from fhirbridge.store.relations import PATIENT

# One number that every process of ours takes as the lock of the migration.
MIGRATION_LOCK = 4_010_011


def migrate(
    address: Address,
    revision: str = "head",
    definitions: Mapping[str, ResourceDefinition] = MappingProxyType({}),
) -> None:
    """Apply every step that is missing, all or none; others wait for us. Safe to repeat.

    `definitions` are what the database itself is told of, for its own limits.
    """
    if address.path is not None:
        _make_private_file(address.path)
    with _locked(address) as connection:
        command.upgrade(configuration(connection), revision)
        if revision == "head":
            _tell(connection, definitions)
            if address.path is None:
                protect(connection)
                _count_anew(connection)


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _locked(address: Address) -> Iterator[Connection]:
    engine = create_engine(address.sqlalchemy, poolclass=NullPool)
    if address.path is not None:
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", _begin_immediate)
    with engine.begin() as connection:
        if address.path is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        yield connection


def _count_anew(connection: Connection) -> None:
    """Forget which transactions wrote what, where the data came here from another cluster.

    Its numbers mean nothing here: pages would leave out what they say is yet to come.
    """
    own = connection.execute(text("SELECT system_identifier FROM pg_control_system()")).scalar_one()
    told = {"own": own}
    if connection.execute(text("SELECT 1 FROM ledger WHERE cluster = :own"), told).first() is None:
        connection.execute(text("UPDATE resource SET changed = 0 WHERE changed <> 0"))
        connection.execute(text("DELETE FROM superseded"))
        connection.execute(text("UPDATE ledger SET cluster = :own"), told)


def _tell(connection: Connection, definitions: Mapping[str, ResourceDefinition]) -> None:
    """Say which types are a directory, and under which numbers is whom others are about."""
    types = [one.type_ for one in definitions.values() if one.access.directory]
    about = (one for one in definitions.values() if one.parameter(PATIENT) is not None)
    numbers = [param(one.type_, PATIENT) for one in about if not one.access.directory]
    for table, column, values in (
        ("directory_type", "type", types),
        ("patient_parameter", "param", numbers),
    ):
        connection.execute(text(f"DELETE FROM {table}"))
        added = text(f"INSERT INTO {table} ({column}) VALUES (:one)")
        for value in values:
            connection.execute(added, {"one": value})


def _leave_transactions_to_us(connection: object, _record: object) -> None:
    """Keep Python's driver from committing before each DDL statement."""
    connection.isolation_level = None  # type: ignore[attr-defined]


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _make_private_file(path: Path) -> None:
    """Create the database file readable by its owner only, before anything is in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))

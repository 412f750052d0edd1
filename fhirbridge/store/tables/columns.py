"""Short ways to say what kind of column it is."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeEngine

metadata = MetaData()

LONG = BigInteger()
SHORT = Integer()
REAL: Double[float] = Double()
FLAG = Boolean()
BYTES = LargeBinary()
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


def part(name: str, type_: TypeEngine[Any]) -> Column[Any]:
    """Return a column that is part of the primary key."""
    return Column(name, type_, primary_key=True, autoincrement=False)


def required(name: str, type_: TypeEngine[Any] = TEXT) -> Column[Any]:
    """Return a column that always has a value."""
    return Column(name, type_, nullable=False)


def optional(name: str, type_: TypeEngine[Any] = TEXT) -> Column[Any]:
    """Return a column that may be null."""
    return Column(name, type_)


def number() -> Column[Any]:
    """Return the primary key `id`, counted by the database."""
    return Column("id", NUMBER, primary_key=True, autoincrement=True)


def index_when(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """Return an index of the rows that fulfil `condition`."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def clustered(name: str, *items: SchemaItem) -> Table:
    """Return a table that SQLite keeps inside its primary key: one access instead of two."""
    return Table(name, metadata, *items, sqlite_with_rowid=False)

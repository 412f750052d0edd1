"""References: https://hl7.org/fhir/R4/search.html#reference."""

# ruff: noqa: S608 (names of types, aliases and columns only)

from fhirbridge.search.types import RESOURCE_TYPES
from fhirbridge.search.values import ReferenceRow, ReferenceValue
from fhirbridge.store.index.text import key
from fhirbridge.store.sql import TRUE, Sql, all_of, is_one_of, negated

TABLE = "idx_reference"
COLUMNS = ("target", "type", "id", "version")
# Every type there is, as a table of one column.
ANY_TYPE = "(VALUES " + ", ".join(f"('{type_}')" for type_ in sorted(RESOURCE_TYPES)) + ")"


def target(type_: str, id_: str) -> str:
    """Return how a local reference is written in the index."""
    return f"{type_}/{id_}"


def stored(row: ReferenceRow) -> tuple[str, str | None, str | None, str | None]:
    """Return the values of the columns."""
    if row.type_ is not None and row.id_ is not None:
        return target(row.type_, row.id_), row.type_, row.id_, row.version
    return key(row.url or ""), None, None, row.version


def holds(
    alias: str, value: ReferenceValue, targets: tuple[str, ...], *, listing: bool = False
) -> Sql:
    """Return that a row leads to what `value` names; without a type, to any of `targets`.

    A version tells canonical urls apart, never resources. `listing`: see `kinds.is_any`.
    """
    if value.url is not None:
        url = Sql(f"{alias}.target = ? AND {alias}.type IS NULL", (key(value.url),))
        if value.version is None:
            return url
        return Sql(f"{url.text} AND {alias}.version = ?", (*url.parameters, value.version))
    id_ = value.id_ or ""
    if value.type_ is not None:
        return Sql(f"{alias}.target = ?", (target(value.type_, id_),))
    if targets:
        types = (type_ for type_ in targets if type_ not in value.apart)
        return is_one_of(f"{alias}.target", (target(type_, id_) for type_ in types))
    if listing:
        found = Sql(f"{alias}.target IN (SELECT v.column1 || ? FROM {ANY_TYPE} v)", (f"/{id_}",))
    else:
        found = Sql(f"{alias}.id = ?", (id_,))
    apart = negated(is_one_of(f"{alias}.type", value.apart)) if value.apart else TRUE
    return all_of((found, apart))

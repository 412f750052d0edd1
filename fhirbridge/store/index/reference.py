"""References: https://hl7.org/fhir/R4/search.html#reference."""

from fhirbridge.search.types import RESOURCE_TYPES
from fhirbridge.search.values import ReferenceRow, ReferenceValue
from fhirbridge.store.index.text import key
from fhirbridge.store.sql import Sql, is_one_of

TABLE = "idx_reference"
COLUMNS = ("target", "type", "id", "version")
ANY_TYPE = tuple(sorted(RESOURCE_TYPES))


def target(type_: str, id_: str) -> str:
    """Return how a local reference is written in the index."""
    return f"{type_}/{id_}"


def stored(row: ReferenceRow) -> tuple[str, str | None, str | None, str | None]:
    """Return the values of the columns."""
    if row.type_ is not None and row.id_ is not None:
        return target(row.type_, row.id_), row.type_, row.id_, row.version
    return key(row.url or ""), None, None, row.version


def holds(alias: str, value: ReferenceValue, targets: tuple[str, ...]) -> Sql:
    """Return that a row leads to what `value` names; without a type, to any of `targets`.

    A version tells canonical urls apart, never resources.
    """
    if value.url is not None:
        url = Sql(f"{alias}.target = ? AND {alias}.type IS NULL", (key(value.url),))
        if value.version is None:
            return url
        return Sql(f"{url.text} AND {alias}.version = ?", (*url.parameters, value.version))
    types = (value.type_,) if value.type_ is not None else targets or ANY_TYPE
    return is_one_of(f"{alias}.target", (target(type_, value.id_ or "") for type_ in types))

"""References: https://hl7.org/fhir/R4/search.html#reference."""

# ruff: noqa: S608 (names of types, aliases and columns only)

from collections.abc import Iterator, Sequence

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


def leads_to(alias: str, resource: str, type_: str) -> Sql:
    """Return that the reference `alias` leads to `resource`, a row of that table of `type_`.

    It is read from the target alone, which the index by row has beside the row: the reference's
    own columns would be another access for each.
    """
    text = (
        f"{resource}.type = ? AND {resource}.id = substr({alias}.target, {len(type_) + 2})"
        f" AND {alias}.target = ? || {resource}.id"
    )
    return Sql(text, (type_, target(type_, "")))


def stored(row: ReferenceRow) -> tuple[str, str | None, str | None, str | None]:
    """Return the values of the columns."""
    if row.type_ is not None and row.id_ is not None:
        return target(row.type_, row.id_), row.type_, row.id_, row.version
    return key(row.url or ""), None, None, row.version


def hold(
    alias: str, values: Sequence[ReferenceValue], targets: tuple[str, ...], *, listing: bool = False
) -> Iterator[Sql]:
    """Yield that a row leads to one of what `values` name; without a type, to any of `targets`.

    A version tells canonical urls apart, never resources. `listing`: see `kinds.is_any`.
    """
    named: list[str] = []
    bare: dict[tuple[str, ...], list[str]] = {}
    for value in values:
        if value.url is not None:
            yield _canonical(alias, value)
        elif value.type_ is not None or targets:
            types = targets if value.type_ is None else (value.type_,)
            named += [target(one, value.id_ or "") for one in types if one not in value.apart]
        else:
            bare.setdefault(value.apart, []).append(value.id_ or "")
    if named:
        yield is_one_of(f"{alias}.target", dict.fromkeys(named))
    for apart, ids in bare.items():
        others = negated(is_one_of(f"{alias}.type", apart)) if apart else TRUE
        yield all_of((_of_any_type(alias, tuple(dict.fromkeys(ids)), listing=listing), others))


def _canonical(alias: str, value: ReferenceValue) -> Sql:
    url = Sql(f"{alias}.target = ? AND {alias}.type IS NULL", (key(value.url or ""),))
    if value.version is None:
        return url
    return Sql(f"{url.text} AND {alias}.version = ?", (*url.parameters, value.version))


def _of_any_type(alias: str, ids: tuple[str, ...], *, listing: bool) -> Sql:
    if not listing:
        return is_one_of(f"{alias}.id", ids)
    asked = ", ".join(["(?)"] * len(ids))
    text = (
        f"{alias}.target IN (SELECT v.column1 || '/' || w.column1"
        f" FROM {ANY_TYPE} v CROSS JOIN (VALUES {asked}) w)"
    )
    return Sql(text, ids)

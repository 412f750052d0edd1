"""Codes and identifiers: https://hl7.org/fhir/R4/search.html#token."""

from fhirbridge.search.values import TokenRow, TokenValue
from fhirbridge.store.index.text import begins, key
from fhirbridge.store.sql import Sql

TABLE = "idx_token"
COLUMNS = ("code", "system", "text")
# A key column cannot be null, and no code is empty.
NO_CODE = ""


def stored(row: TokenRow) -> tuple[str, str | None, str | None]:
    """Return the values of the columns."""
    return (NO_CODE if row.code is None else key(row.code), row.system, row.text)


def holds(alias: str, value: TokenValue) -> Sql:
    """Return that a row is `code`, `system|code`, `|code` or `system|`."""
    if value.code is None:
        return _system(alias, value)
    code = Sql(f"{alias}.code = ?", (key(value.code),))
    if value.any_system:
        return code
    system = _system(alias, value)
    return Sql(f"{code.text} AND {system.text}", code.parameters + system.parameters)


def text_begins(alias: str, folded: str) -> Sql:
    """Return that the display or text of a row begins with `folded` (`:text`)."""
    return begins(f"{alias}.text", folded)


def _system(alias: str, value: TokenValue) -> Sql:
    if value.system is None:
        return Sql(f"{alias}.system IS NULL")
    return Sql(f"{alias}.system = ?", (value.system,))

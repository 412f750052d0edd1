"""Codes and identifiers: https://hl7.org/fhir/R4/search.html#token."""

from collections.abc import Iterator, Sequence

from fhirbridge.search.values import MimeValue, TokenRow, TokenValue
from fhirbridge.store.index.text import begins, key
from fhirbridge.store.sql import TRUE, Sql, all_of, any_of, is_one_of

TABLE = "idx_token"
COLUMNS = ("code", "system", "text")
# A key column cannot be null, and no code is empty.
NO_CODE = ""


def stored(row: TokenRow) -> tuple[str, str | None, str | None]:
    """Return the values of the columns."""
    return (NO_CODE if row.code is None else key(row.code), row.system, row.text)


def hold(alias: str, values: Sequence[TokenValue]) -> Iterator[Sql]:
    """Yield that a row is one of the `code`s, `system|code`s, `|code`s or `system|`s."""
    codes: dict[tuple[str | None, bool], list[str]] = {}
    for value in values:
        if value.code is None:
            yield _system(alias, value.system, any_system=value.any_system)
        else:
            home = (value.system, value.any_system)
            codes.setdefault(home, []).append(key(value.code))
    for (system, any_system), some in codes.items():
        code = is_one_of(f"{alias}.code", dict.fromkeys(some))
        yield all_of((code, _system(alias, system, any_system=any_system)))


def holds(alias: str, value: TokenValue | MimeValue) -> Sql:
    """Return that a row is the code or identifier, or one of the media types."""
    if isinstance(value, TokenValue):
        return any_of(hold(alias, (value,)))
    some = is_one_of(f"{alias}.code", value.codes)
    if value.beginning is None:
        return some
    return any_of((some, begins(f"{alias}.code", value.beginning)))


def text_begins(alias: str, folded: str) -> Sql:
    """Return that the display or text of a row begins with `folded` (`:text`)."""
    return begins(f"{alias}.text", folded)


def _system(alias: str, system: str | None, *, any_system: bool) -> Sql:
    if any_system:
        return TRUE
    if system is None:
        return Sql(f"{alias}.system IS NULL")
    return Sql(f"{alias}.system = ?", (system,))

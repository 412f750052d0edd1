"""Strings: https://hl7.org/fhir/R4/search.html#string."""

from fhirbridge.search.values import StringRow, StringValue
from fhirbridge.store.index.text import head, headed
from fhirbridge.store.sql import Sql

TABLE = "idx_string"
COLUMNS = ("head", "folded", "exact")


def stored(row: StringRow) -> tuple[str, str, str]:
    """Return the values of the columns."""
    return head(row.folded), row.folded, row.exact


def holds(alias: str, value: StringValue, modifier: str | None) -> Sql:
    """Return that a row begins with the text or, by `modifier`, contains or equals it."""
    if modifier == "exact":
        parameters = (head(value.folded), value.exact)
        return Sql(f"{alias}.head = ? AND {alias}.exact = ?", parameters)
    if modifier == "contains":
        # The one way to look inside a text that both databases spell alike.
        return Sql(f"replace({alias}.folded, ?, '') <> {alias}.folded", (value.folded,))
    return headed(alias, "folded", value.folded)

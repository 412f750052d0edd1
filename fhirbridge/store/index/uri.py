"""Uris: https://hl7.org/fhir/R4/search.html#uri."""

from fhirbridge.search.uri import ancestors
from fhirbridge.search.values import UriRow, UriValue
from fhirbridge.store.index.text import head, headed
from fhirbridge.store.sql import Sql, any_of, is_one_of

TABLE = "idx_uri"
COLUMNS = ("head", "uri")


def stored(row: UriRow) -> tuple[str, str]:
    """Return the values of the columns."""
    return head(row.uri), row.uri


def holds(alias: str, value: UriValue, modifier: str | None) -> Sql:
    """Return that a row is the uri or, by `modifier`, lies below or above it."""
    if modifier == "below":
        under = headed(alias, "uri", value.uri.rstrip("/") + "/")
        return any_of((_equal(alias, (value.uri,)), under))
    if modifier == "above":
        return _equal(alias, ancestors(value.uri))
    return _equal(alias, (value.uri,))


def _equal(alias: str, uris: tuple[str, ...]) -> Sql:
    heads = is_one_of(f"{alias}.head", dict.fromkeys(map(head, uris)))
    whole = is_one_of(f"{alias}.uri", uris)
    return Sql(f"{heads.text} AND {whole.text}", heads.parameters + whole.parameters)

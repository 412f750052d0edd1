"""Canonical references: a row of `idx_reference` names by its url what `idx_uri` knows by it.

What has a url are definitions (value sets, code systems, maps): thousands, not millions. Urls of
more characters than an index key has are not followed.
https://hl7.org/fhir/R4/references.html#canonical
"""

# ruff: noqa: S608 (names of our own tables and numbered aliases only)

from fhirbridge.search.query import Chain, Has
from fhirbridge.store.index.text import LONGEST_HEAD
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import Sql

URL, VERSION = "url", "version"
# The beginning of a condition on the resource `r`: some of its urls, as `i.uri`, follow.
NAMED = "r.row IN (SELECT i.row FROM idx_uri i WHERE i.param = ? AND"


def named(sight: Sight, chain: Chain) -> Sql:
    """Return the tables in which a reference `e` meets, by url, the resource `t` it names."""
    e, t, w = _aliases(sight)
    beyond = sight.beyond(chain.type_)
    text = (
        f"idx_reference {e} JOIN idx_uri {w} ON {w}.param = ?"
        f" AND {w}.head = substr({e}.target, 1, {LONGEST_HEAD}) AND {w}.uri = {e}.target"
        f" JOIN resource {t} ON {t}.row = {w}.row WHERE {e}.type IS NULL AND NOT {t}.deleted AND"
    )
    versioned = _same_version(beyond, e, t)
    return Sql(f"{text} {versioned.text}", (beyond.number(URL), *versioned.parameters))


def naming(sight: Sight, has: Has, alias: str) -> Sql:
    """Return the tables in which the row `alias.row` meets references `e` to it, by its url."""
    e, _, w = _aliases(sight)
    number = sight.beyond(has.type_).number(has.parameter.code)
    text = (
        f"idx_uri {w} JOIN idx_reference {e} ON {e}.param = ? AND {e}.target = {w}.uri"
        f" WHERE {w}.param = ? AND {w}.row = {alias}.row AND {e}.type IS NULL AND"
    )
    versioned = _same_version(sight, e, w)
    return Sql(f"{text} {versioned.text}", (number, sight.number(URL), *versioned.parameters))


def _same_version(sight: Sight, reference: str, resource: str) -> Sql:
    """Return that a reference says no version, or that of the resource."""
    text = (
        f"({reference}.version IS NULL OR EXISTS (SELECT 1 FROM idx_token v WHERE v.param = ?"
        f" AND v.row = {resource}.row AND v.code = lower({reference}.version)))"
    )
    return Sql(text, (sight.number(VERSION),))


def _aliases(sight: Sight) -> tuple[str, str, str]:
    return f"e{sight.depth}", f"t{sight.depth}", f"w{sight.depth}"

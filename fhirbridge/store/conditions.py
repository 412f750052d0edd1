"""What one clause asks of a row: as a condition on any alias, or as the list of what it finds."""

# ruff: noqa: S608 (names of our own tables and columns only)

from collections.abc import Iterator
from dataclasses import dataclass

from fhirbridge.search.common import ID
from fhirbridge.search.composite import Composite
from fhirbridge.search.query import Clause
from fhirbridge.search.values import (
    CompositeValue,
    MissingValue,
    ReferenceValue,
    TokenValue,
    Value,
)
from fhirbridge.store.index import reference, token
from fhirbridge.store.index.facets import asked, facet
from fhirbridge.store.index.kinds import HOMES, holds, is_any, table_for
from fhirbridge.store.index.numbers import part_code
from fhirbridge.store.index.rows import WHOLE_RESOURCE
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import (
    FALSE,
    ONE_BY_ONE,
    TRUE,
    Sql,
    all_of,
    any_of,
    is_one_of,
    joined,
    negated,
    sql,
)

NEGATIVE = frozenset({"not", "not-in"})
# Equal values are found by (param, value, row) at once. For ranges a database may be tempted to
# read all of (param, range): `+` takes the parameter out of the choice of an index, which leaves
# the few rows of one resource.
EXACT = frozenset({token.TABLE, reference.TABLE})
BY_ROW = "+"
NO_ROWS = Sql("SELECT 0 AS row WHERE 1 = 0")


def fulfils(sight: Sight, clause: Clause, alias: str) -> Sql:
    """Return that the resource row `alias.row` fulfils `clause`."""
    missing = next(iter(clause.values), None)
    if isinstance(missing, MissingValue):
        return _missing(sight, clause, alias, missing=missing.missing)
    if sight.contained and (clause.parameter is ID or isinstance(clause.parameter, Composite)):
        found = FALSE
    elif clause.parameter.code == ID.code:
        text = f"EXISTS (SELECT 1 FROM resource f WHERE f.row = {alias}.row AND"
        found = sql(text, _id("f", clause), ONE_BY_ONE, ")")
    elif isinstance(clause.parameter, Composite):
        found = any_of(_composites(sight, clause, clause.parameter, alias))
    else:
        found = any_of(_exists(sight, clause, alias, one) for one in _homes(sight, clause))
    return negated(found) if clause.modifier in NEGATIVE else found


def rows_fulfilling(sight: Sight, clause: Clause, distinct: str = "DISTINCT") -> Sql:
    """Return the statement that lists the rows of `clause`; `distinct` "" may repeat them."""
    if clause.parameter.code == ID.code:
        text = "SELECT x.row FROM resource x WHERE x.type = ? AND NOT x.deleted AND"
        return sql(Sql(text, (sight.index.type_,)), _id("x", clause))
    if isinstance(clause.parameter, Composite):
        lists = list(_composites(sight, clause, clause.parameter, None))
    else:
        lists = [_list(clause, one, distinct) for one in _homes(sight, clause)]
        if len(lists) == 1:
            return lists[0]
    union = sql("(", joined(" UNION ALL ", lists, empty=NO_ROWS, wrap=""), ") i")
    return sql(f"SELECT {distinct} i.row FROM", union)


@dataclass(frozen=True, slots=True)
class _Home:
    """Where the rows lie that some values of a clause ask for, and what is asked there."""

    table: str
    number: int
    values: tuple[Value, ...]


def _homes(sight: Sight, clause: Clause) -> Iterator[_Home]:
    table = table_for(clause.parameter, clause.modifier)
    found: dict[str, list[Value]] = {}
    for value in clause.values:
        name, there = asked(value)
        found.setdefault(name, []).append(there)
    for number in sight.numbers(clause.parameter):
        for name, values in found.items():
            yield _Home(table, facet(number, name), tuple(values))


def _list(clause: Clause, home: _Home, distinct: str) -> Sql:
    head = f"SELECT {distinct} i.row FROM {home.table} i WHERE i.param = ? AND ("
    any_ = is_any("i", clause.parameter, home.values, clause.modifier, listing=True)
    return sql(Sql(head, (home.number,)), any_, ")")


def _exists(sight: Sight, clause: Clause, alias: str, home: _Home) -> Sql:
    equal = all(isinstance(one, TokenValue | ReferenceValue) for one in home.values)
    led = "" if equal and home.table in EXACT else BY_ROW
    text = (
        f"EXISTS (SELECT 1 FROM {home.table} f WHERE {led}f.param = ?"
        f" AND {sight.same('f', alias)} AND ("
    )
    any_ = is_any("f", clause.parameter, home.values, clause.modifier)
    return sql(Sql(text, (home.number,)), any_, ")", ONE_BY_ONE, ")")


def _missing(sight: Sight, clause: Clause, alias: str, *, missing: bool) -> Sql:
    parameter = clause.parameter
    if parameter.code == ID.code:
        return FALSE if missing else TRUE
    number = is_one_of("f.param", sight.numbers(parameter))
    heads = (
        f"EXISTS (SELECT 1 FROM {table} f WHERE {sight.same('f', alias)} AND"
        for table in HOMES[parameter.kind]
    )
    present = any_of(sql(head, number, ONE_BY_ONE, ")") for head in heads)
    return negated(present) if missing else present


def _id(alias: str, clause: Clause) -> Sql:
    """Return that the id is one of those asked for; an id has no system and no text."""
    tokens = [one for one in clause.values if isinstance(one, TokenValue)]
    ids = (one.code for one in tokens if one.system is None and one.code is not None)
    return is_one_of(f"{alias}.id", ids)


def _composites(
    sight: Sight, clause: Clause, parameter: Composite, alias: str | None
) -> Iterator[Sql]:
    """Yield for each alternative that an element of `alias.row` holds all its parts.

    Without an alias: the statements that list the rows which have such an element.
    """
    homes = [sight.index.parameters[code] for code in parameter.indexed]
    for home in homes:
        for value in clause.values:
            if isinstance(value, CompositeValue) and isinstance(home, Composite):
                inner = _parts(sight, home, value, alias)
                yield inner if alias is None else sql("EXISTS (", inner, ONE_BY_ONE, ")")


def _parts(sight: Sight, parameter: Composite, value: CompositeValue, alias: str | None) -> Sql:
    tables, conditions = [], [] if alias is None else [Sql(f"a0.row = {alias}.row")]
    for number, (part, wanted) in enumerate(zip(parameter.parts, value.parts, strict=True)):
        name, led = f"a{number}", BY_ROW if number or alias else ""
        tables.append(f"{table_for(part, None)} {name}")
        own = sight.index.lies_as_itself(parameter, part)
        code = part.code if own else parameter.code
        key = sight.number(code, None if own else part_code(parameter.code, number))
        facet_name, there = asked(wanted)
        conditions.append(Sql(f"{led}{name}.param = ?", (facet(key, facet_name),)))
        if number:
            conditions.append(Sql(f"{name}.row = a0.row"))
            if parameter.paths != WHOLE_RESOURCE:
                conditions.append(Sql(f"{name}.element = a0.element"))
        conditions.append(holds(name, part, there, None))
    select = "a0.row AS row" if alias is None else "1"
    head = f"SELECT {select} FROM {' CROSS JOIN '.join(tables)} WHERE"
    return sql(head, all_of(conditions))

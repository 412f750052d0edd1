"""What a clause asks of a row: as a filter on any alias, or as the list of the rows it finds."""

# ruff: noqa: S608 (names of our own tables and columns only)

from collections.abc import Iterator

from fhirbridge.search.common import ID
from fhirbridge.search.composite import Composite
from fhirbridge.search.query import Clause
from fhirbridge.search.values import CompositeValue, MissingValue, TokenValue
from fhirbridge.store.index import reference, token
from fhirbridge.store.index.kinds import HOMES, holds, is_any, table_for
from fhirbridge.store.index.rows import part_code
from fhirbridge.store.question import EveryRow, Group, Owned, Question
from fhirbridge.store.sql import FALSE, TRUE, Sql, all_of, any_of, is_one_of, joined, negated, sql

# Equal values are found by (param, value, row) at once. For ranges a database may be tempted to
# read all of (param, range): `+` takes the parameter out of the choice of an index, which leaves
# the few rows of one resource.
EXACT = frozenset({token.TABLE, reference.TABLE})
BY_ROW = "+"
NO_ROWS = Sql("SELECT 0 AS row WHERE 1 = 0")


def filter_on(question: Question, clause: Clause, alias: str) -> Sql:
    """Return that the resource row `alias.row` fulfils `clause`."""
    missing = clause.values[0]
    if isinstance(missing, MissingValue):
        return _missing(question, clause, alias, missing=missing.missing)
    if clause.parameter.code == ID.code:
        text = f"EXISTS (SELECT 1 FROM resource f WHERE f.row = {alias}.row AND"
        found = sql(text, _id("f", clause), ")")
    elif isinstance(clause.parameter, Composite):
        found = any_of(_composites(question, clause, clause.parameter, alias))
    else:
        found = _exists(question, clause, alias)
    return negated(found) if clause.modifier == "not" else found


def rows_of(question: Question, leader: Clause | Group | Owned | EveryRow) -> Sql:
    """Return the statement that lists the rows of `leader`, each once, none deleted."""
    type_ = question.index.type_
    match leader:
        case Group(keys):
            return sql("SELECT DISTINCT h.row FROM hot h WHERE", is_one_of("h.key", keys))
        case Owned(patient):
            text = (
                "SELECT o.row FROM owner o JOIN resource x ON x.row = o.row"
                " WHERE o.patient = ? AND o.type = ? AND NOT x.deleted"
            )
            return Sql(text, (patient, type_))
        case EveryRow():
            return Sql("SELECT x.row FROM resource x WHERE x.type = ? AND NOT x.deleted", (type_,))
        case Clause():
            return _rows_of_clause(question, leader)


def probe(question: Question, clause: Clause, limit: int) -> Sql:
    """Return the statement that counts what `clause` finds, no further than `limit`."""
    rows = _rows_of_clause(question, clause, distinct="")
    return sql("SELECT count(*) FROM (", rows, "LIMIT ?) p", Sql("", (limit,)))


def _rows_of_clause(question: Question, clause: Clause, distinct: str = "DISTINCT") -> Sql:
    if clause.parameter.code == ID.code:
        text = "SELECT x.row FROM resource x WHERE x.type = ? AND NOT x.deleted AND"
        return sql(Sql(text, (question.index.type_,)), _id("x", clause))
    if isinstance(clause.parameter, Composite):
        lists = list(_composites(question, clause, clause.parameter, None))
        union = sql("(", joined(" UNION ALL ", lists, empty=NO_ROWS, wrap=""), ") i")
        return sql(f"SELECT {distinct} i.row FROM", union)
    table = table_for(clause.parameter, clause.modifier)
    number = question.number(clause.parameter.code)
    head = f"SELECT {distinct} i.row FROM {table} i WHERE i.param = ? AND ("
    return sql(Sql(head, (number,)), _any("i", clause), ")")


def _any(alias: str, clause: Clause) -> Sql:
    return is_any(alias, clause.parameter, clause.values, clause.modifier)


def _exists(question: Question, clause: Clause, alias: str) -> Sql:
    table = table_for(clause.parameter, clause.modifier)
    number = question.number(clause.parameter.code)
    led = "" if table in EXACT and clause.modifier != "text" else BY_ROW
    text = f"EXISTS (SELECT 1 FROM {table} f WHERE {led}f.param = ? AND f.row = {alias}.row AND ("
    return sql(Sql(text, (number,)), _any("f", clause), "))")


def _missing(question: Question, clause: Clause, alias: str, *, missing: bool) -> Sql:
    parameter = clause.parameter
    if parameter.code == ID.code:
        return FALSE if missing else TRUE
    number = question.number(parameter.code)
    present = any_of(
        Sql(
            f"EXISTS (SELECT 1 FROM {table} f WHERE f.row = {alias}.row AND f.param = ?)", (number,)
        )
        for table in HOMES[parameter.kind]
    )
    return negated(present) if missing else present


def _id(alias: str, clause: Clause) -> Sql:
    """Return that the id is one of those asked for; an id has no system and no text."""
    tokens = [one for one in clause.values if isinstance(one, TokenValue)]
    ids = (one.code for one in tokens if one.system is None and one.code is not None)
    return is_one_of(f"{alias}.id", ids)


def _composites(
    question: Question, clause: Clause, parameter: Composite, alias: str | None
) -> Iterator[Sql]:
    """Yield for each alternative that an element of `alias.row` holds all its parts.

    Without an alias: the statements that list the rows which have such an element.
    """
    for value in clause.values:
        if isinstance(value, CompositeValue):
            inner = _parts(question, parameter, value, alias)
            yield inner if alias is None else sql("EXISTS (", inner, ")")


def _parts(
    question: Question, parameter: Composite, value: CompositeValue, alias: str | None
) -> Sql:
    tables, conditions = [], [] if alias is None else [Sql(f"a0.row = {alias}.row")]
    for number, (part, asked) in enumerate(zip(parameter.parts, value.parts, strict=True)):
        name, led = f"a{number}", BY_ROW if number or alias else ""
        tables.append(f"{table_for(part, None)} {name}")
        key = question.number(parameter.code, part_code(parameter.code, number))
        conditions.append(Sql(f"{led}{name}.param = ?", (key,)))
        if number:
            conditions.append(Sql(f"{name}.row = a0.row AND {name}.element = a0.element"))
        conditions.append(holds(name, part, asked, None))
    select = "a0.row AS row" if alias is None else "1"
    head = f"SELECT {select} FROM {' CROSS JOIN '.join(tables)} WHERE"
    return sql(head, all_of(conditions))

"""What a clause asks of a row: as a filter on any alias, or as the list of the rows it finds."""

# ruff: noqa: S608 (names of our own tables and columns only)

from collections.abc import Iterator

from fhirbridge.search.common import ID
from fhirbridge.search.composite import Composite
from fhirbridge.search.query import Clause
from fhirbridge.search.values import CompositeValue, MissingValue, TokenValue
from fhirbridge.store.index.kinds import HOMES, holds, is_any, table_for
from fhirbridge.store.index.rows import part_code
from fhirbridge.store.question import EveryRow, Group, Owned, Question
from fhirbridge.store.sql import FALSE, TRUE, Sql, any_of, is_one_of, negated, sql


def filter_on(question: Question, clause: Clause, alias: str) -> Sql:
    """Return that the resource row `alias.row` fulfils `clause`."""
    missing = clause.values[0]
    if isinstance(missing, MissingValue):
        return _missing(question, clause, alias, missing=missing.missing)
    if clause.parameter.code == ID.code:
        text = f"EXISTS (SELECT 1 FROM resource f WHERE f.row = {alias}.row AND"
        found = sql(text, _id("f", clause), ")")
    elif isinstance(clause.parameter, Composite):
        found = any_of(_composites(question, clause, clause.parameter, f"a0.row = {alias}.row"))
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
        found = _composites(question, clause, clause.parameter, "1 = 1", select="a0.row AS row")
        return Sql(*_union(list(found)))
    table = table_for(clause.parameter, clause.modifier)
    number = question.number(clause.parameter.code)
    head = f"SELECT {distinct} i.row FROM {table} i WHERE i.param = ? AND ("
    return sql(Sql(head, (number,)), _any("i", clause), ")")


def _union(pieces: list[Sql]) -> tuple[str, tuple[object, ...]]:
    parameters = tuple(value for piece in pieces for value in piece.parameters)
    text = " UNION ".join(piece.text for piece in pieces)
    return f"SELECT DISTINCT u.row FROM ({text}) u", parameters


def _any(alias: str, clause: Clause) -> Sql:
    return is_any(alias, clause.parameter, clause.values, clause.modifier)


def _exists(question: Question, clause: Clause, alias: str) -> Sql:
    table = table_for(clause.parameter, clause.modifier)
    number = question.number(clause.parameter.code)
    text = f"EXISTS (SELECT 1 FROM {table} f WHERE f.param = ? AND f.row = {alias}.row AND ("
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
    question: Question,
    clause: Clause,
    parameter: Composite,
    anchor: str,
    select: str | None = None,
) -> Iterator[Sql]:
    """Yield, for each alternative, that some element holds all its parts."""
    for value in clause.values:
        if isinstance(value, CompositeValue):
            inner = _parts(question, parameter, value, anchor, select or "1")
            yield inner if select else sql("EXISTS (", inner, ")")


def _parts(
    question: Question, parameter: Composite, value: CompositeValue, anchor: str, select: str
) -> Sql:
    tables, conditions = [], [Sql(anchor)]
    for number, (part, asked) in enumerate(zip(parameter.parts, value.parts, strict=True)):
        alias = f"a{number}"
        tables.append(f"{table_for(part, None)} {alias}")
        key = question.number(parameter.code, part_code(parameter.code, number))
        conditions.append(Sql(f"{alias}.param = ?", (key,)))
        if number:
            same = f"{alias}.row = a0.row AND {alias}.element = a0.element"
            conditions.append(Sql(same))
        conditions.append(sql("(", holds(alias, part, asked, None), ")"))
    text = " AND ".join(condition.text for condition in conditions)
    parameters = tuple(one for condition in conditions for one in condition.parameters)
    return Sql(f"SELECT {select} FROM {', '.join(tables)} WHERE {text}", parameters)

"""The statements that answer a plan: one page of rows with their bodies, and the total.

A page's rows are (row, id, body, moment, own, version, updated, sort values …): `found`.
"""

from collections.abc import Iterator, Sequence

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.query import Criterion, Cursor
from fhirbridge.search.values import OPEN_LOW, DateValue
from fhirbridge.store.filtering import filter_on, rows_of
from fhirbridge.store.index import date
from fhirbridge.store.ordering import order_of, resumed, sort_columns
from fhirbridge.store.question import Led, Plan, Question, RowWalk, Walk
from fhirbridge.store.settled import settled
from fhirbridge.store.sql import TRUE, Place, Sql, all_of, any_of, joined, sql

COLUMNS = "SELECT r.row, r.id,"


def page(question: Question, plan: Plan, limit: int) -> Sql:
    """Return the statement for `limit` rows after the query's cursor, in order.

    Raises Invalid when the cursor belongs to another search.
    """
    match plan:
        case Walk():
            return _walked(question, plan, limit)
        case RowWalk():
            return _row_walked(question, plan, limit)
        case Led():
            return _led(question, plan, limit)


def total(question: Question, plan: Plan) -> Sql:
    """Return the statement that counts all matches of a plan."""
    match plan:
        case Walk():
            rows = _branches(question, plan, "", Sql(""))
        case RowWalk(filters):
            where = all_of(_filters(question, filters, "r", "r"))
            text = "SELECT r.row FROM resource r WHERE r.type = ? AND NOT r.deleted AND"
            rows = sql(Sql(text, (question.index.type_,)), where)
        case Led(leader, filters):
            where = all_of(_filters(question, filters, "d"))
            rows = sql("SELECT d.row FROM (", rows_of(question, leader), ") d WHERE", where)
    return sql("SELECT count(*) FROM (", rows, ") t")


def body(question: Question) -> Sql:
    """Return the select list item that is the bytes to send of the resource `r`."""
    if not question.permitted.as_patient:
        return Sql("r.body")
    patient = question.visibility.patient
    if patient is None:
        return Sql("coalesce(r.shown, r.body)")
    text = (
        "CASE WHEN length(r.shown) = 0"
        " THEN (SELECT s.body FROM shown s WHERE s.row = r.row AND s.patient = ?)"
        " ELSE coalesce(r.shown, r.body) END"
    )
    return Sql(text, (patient,))


def own(question: Question) -> Sql:
    """Return the select list item that tells whether `r` is the reading patient's alone."""
    patient = question.visibility.patient if question.permitted.as_patient else None
    return Sql("NULL") if patient is None else Sql("r.patient = ?", (patient,))


def _head(question: Question) -> Sql:
    """Return the columns of a page's rows before their sort values."""
    more = "" if question.sent else ", r.version, r.updated"
    return sql(COLUMNS, body(question), f", {question.moment},", own(question), more)


def _filters(
    question: Question, filters: Sequence[Criterion], alias: str, resource: str | None = None
) -> Iterator[Sql]:
    """Yield what every row must fulfil: the clauses that do not lead, and that it may be seen.

    `resource` is the alias of that table for the same row, where there is one.
    """
    for clause in filters:
        yield filter_on(question, clause, alias)
    yield question.visible(resource or alias, resource=resource is not None)
    if question.snapshot is not None:
        yield settled(resource or alias, question.snapshot, resource=resource is not None)


def _walked(question: Question, plan: Walk, limit: int) -> Sql:
    """Return the rows of one or more hot keys, merged in order."""
    down = " DESC" if plan.descending else ""
    order, end = f"ORDER BY {{0}}.sort{down}, {{0}}.row{down}", Sql("LIMIT ?", (limit,))
    head = _head(question)
    if len(plan.keys) == 1 and plan.bound is None:
        rows = _branch(question, plan, plan.keys[0], None, "r")
        tables = ", h.sort FROM hot h CROSS JOIN resource r WHERE r.row = h.row AND"
        return sql(head, tables, rows, order.format("h"), end)
    rows = _branches(question, plan, order.format("h"), end)
    merged = sql("(SELECT u.row, u.sort FROM (", rows, ") u", order.format("u"), end, ")")
    tables = "p CROSS JOIN resource r WHERE r.row = p.row"
    return sql(head, ", p.sort FROM", merged, tables, order.format("p"))


def _branches(question: Question, plan: Walk, order: str, end: Sql) -> Sql:
    """Return row and sort of each key's first rows: a row under two keys comes once."""
    keys = [(key, plan.bound) for key in plan.keys] + [(key, None) for key in plan.long_keys]
    branches = [
        sql(
            "SELECT b.row, b.sort FROM (SELECT h.row, h.sort FROM hot h WHERE",
            _branch(question, plan, key, bound),
            order,
            end,
            ") b",
        )
        for key, bound in keys
    ]
    return joined(" UNION ", branches, empty=TRUE, wrap="")


def _branch(
    question: Question, plan: Walk, key: int, bound: int | None, resource: str | None = None
) -> Sql:
    """Return what the rows `h` of one key must fulfil; `resource` as in `_filters`."""
    conditions = [Sql("h.key = ?", (key,))]
    if bound is not None:
        conditions.append(Sql("h.sort > ?", (bound,)))
    for clause in plan.ranges:
        conditions.append(Sql(f"h.sort >= {OPEN_LOW}"))
        dates = (one for one in clause.values if isinstance(one, DateValue))
        conditions.append(any_of(date.holds("h.sort", "h.high", one) for one in dates))
    after = question.after
    if after is not None:
        sign = "<" if plan.descending else ">"
        conditions.append(Sql(f"(h.sort, h.row) {sign} (?, ?)", _walk_position(after)))
    return all_of((*conditions, *_filters(question, plan.filters, "h", resource)))


def _walk_position(after: Cursor) -> tuple[int | Place, int]:
    if len(after.sort) != 1 or not isinstance(after.sort[0], int | Place):
        raise Invalid("The page does not belong to this search.")
    return after.sort[0], after.row


def _row_walked(question: Question, plan: RowWalk, limit: int) -> Sql:
    conditions = [Sql("r.type = ? AND NOT r.deleted", (question.index.type_,))]
    after = question.after
    if after is not None:
        conditions.append(Sql("r.row > ?", resumed((), after)))
    where = all_of((*conditions, *_filters(question, plan.filters, "r", "r")))
    tail = Sql("ORDER BY r.row LIMIT ?", (limit,))
    return sql(_head(question), "FROM resource r WHERE", where, tail)


def _led(question: Question, plan: Led, limit: int) -> Sql:
    """Return the leader's rows, filtered, sorted, cut, and only then with their bodies."""
    order, after = order_of(plan.sort), question.after
    leader = sql("(", rows_of(question, plan.leader), ") d WHERE")
    where = all_of(_filters(question, plan.filters, "d"))
    found = sql("(SELECT d.row", sort_columns(question, plan.sort), "FROM", leader, where, ") c")
    position = TRUE if after is None else order.after(resumed(plan.sort, after))
    names = "".join(f", c.k{number}" for number in range(len(plan.sort)))
    cut = sql(f"(SELECT c.row{names} FROM", found, "WHERE", position, f"ORDER BY {order.by}")
    tables = sql(cut, Sql("LIMIT ?)", (limit,)), "c JOIN resource r ON r.row = c.row")
    return sql(_head(question), names, "FROM", tables, f"ORDER BY {order.by}")

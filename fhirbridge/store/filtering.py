"""What a criterion asks of a row, through however many other resources.

As a filter on any alias, or as the list of the rows it finds. Every alias of a resource that
is made here carries what may be seen of its type.
https://hl7.org/fhir/R4/search.html#chaining, https://hl7.org/fhir/R4/search.html#has
"""

# ruff: noqa: S608 (names of our own tables and numbered aliases only)

from fhirbridge.search.query import Chain, Clause, Criterion, Has
from fhirbridge.store.conditions import fulfils, rows_fulfilling
from fhirbridge.store.containing import Inside, inside
from fhirbridge.store.index.reference import leads_to, target
from fhirbridge.store.naming import named, naming
from fhirbridge.store.question import EveryRow, Group, Leader, Owned, Question
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import FALSE, ONE_BY_ONE, Sql, all_of, any_of, is_one_of, sql


def filter_on(sight: Sight, criterion: Criterion, alias: str) -> Sql:
    """Return that the resource row `alias.row` fulfils `criterion`."""
    match criterion:
        case Clause():
            return fulfils(sight, criterion, alias)
        case Chain():
            outside = _leads_to(sight, criterion, alias)
            within = inside(sight, criterion)
            return (
                outside
                if within is None
                else any_of((outside, _contains(within, criterion, alias)))
            )
        case Has():
            return FALSE if sight.contained else _is_led_to(sight, criterion, alias)


def rows_of(question: Question, leader: Leader) -> Sql:
    """Return the statement that lists the rows of `leader`, each once, none deleted."""
    type_ = question.index.type_
    match leader:
        case Group(keys):
            distinct = "DISTINCT" if len(keys) > 1 else ""
            return sql(f"SELECT {distinct} h.row FROM hot h WHERE", is_one_of("h.key", keys))
        case Owned(patient):
            text = (
                "SELECT o.row FROM owner o JOIN resource x ON x.row = o.row"
                " WHERE o.patient = ? AND o.type = ? AND NOT x.deleted"
            )
            return Sql(text, (patient, type_))
        case EveryRow():
            return Sql("SELECT x.row FROM resource x WHERE x.type = ? AND NOT x.deleted", (type_,))
        case Clause() | Chain() | Has():
            return listed(question, leader)


def probe(sight: Sight, criterion: Criterion, limit: int) -> Sql:
    """Return the statement that counts what `criterion` finds, no further than `limit`.

    Of what others lead to, it counts those others: there are no fewer, and they are at hand.
    """
    if isinstance(criterion, Has) and not criterion.parameter.canonical:
        return probe(sight.beyond(criterion.type_), criterion.criterion, limit)
    rows = listed(sight, criterion, distinct="")
    return sql("SELECT count(*) FROM (", rows, "LIMIT ?) p", Sql("", (limit,)))


def listed(sight: Sight, criterion: Criterion, distinct: str = "DISTINCT") -> Sql:
    """Return the statement that lists the rows of `criterion`; `distinct` "" may repeat them."""
    match criterion:
        case Clause():
            return rows_fulfilling(sight, criterion, distinct)
        case Chain():
            outside, within = _leading_to(sight, criterion, distinct), inside(sight, criterion)
            if within is None:
                return outside
            return sql(outside, _union(distinct), _containing(within, criterion))
        case Has():
            return _led_to(sight, criterion, distinct)


def ids(sight: Sight, criterion: Criterion, limit: int) -> Sql:
    """Return the statement that lists the ids of what fulfils `criterion`, `limit` at most."""
    text = "SELECT t.id FROM ("
    rows = sql(text, listed(sight, criterion), ") q CROSS JOIN resource t WHERE t.row = q.row AND")
    return sql(rows, sight.visible("t", resource=True), Sql("LIMIT ?", (limit,)))


def _leads_to(sight: Sight, chain: Chain, alias: str) -> Sql:
    beyond, number = sight.beyond(chain.type_), sight.number(chain.parameter.code)
    e, t = f"e{sight.depth}", f"t{sight.depth}"
    head = sql(
        f"EXISTS (SELECT 1 FROM idx_reference {e} JOIN resource {t} ON",
        leads_to(e, t, chain.type_),
        Sql(f"WHERE {sight.same(e, alias)} AND +{e}.param = ? AND NOT {t}.deleted AND", (number,)),
    )
    there = all_of((beyond.visible(t, resource=True), filter_on(beyond, chain.criterion, t)))
    by_id = sql(head, "(", there, ")", ONE_BY_ONE, ")")
    if not chain.parameter.canonical:
        return by_id
    own = Sql(f"AND {sight.same(e, alias)} AND +{e}.param = ? AND", (number,))
    met = sql("EXISTS (SELECT 1 FROM", named(sight, chain), own, "(", there, ")", ONE_BY_ONE, ")")
    return any_of((by_id, met))


def _contains(within: Inside, chain: Chain, alias: str) -> Sql:
    m = f"m{within.depth}"
    text = f"EXISTS (SELECT 1 FROM idx_reference {m} WHERE +{m}.param = ? AND {m}.row = {alias}.row"
    there = filter_on(within, chain.criterion, m)
    return sql(Sql(f"{text} AND (", (within.number(""),)), there, ")", ONE_BY_ONE, ")")


def _containing(within: Inside, chain: Chain) -> Sql:
    m = f"m{within.depth}"
    head = Sql(
        f"SELECT {m}.row FROM idx_reference {m} WHERE {m}.param = ? AND", (within.number(""),)
    )
    return sql(head, "(", filter_on(within, chain.criterion, m), ")")


def _leading_to(sight: Sight, chain: Chain, distinct: str) -> Sql:
    beyond, number = sight.beyond(chain.type_), sight.number(chain.parameter.code)
    q, e, t = f"q{sight.depth}", f"e{sight.depth}", f"t{sight.depth}"
    tail = Sql(
        f") {q} CROSS JOIN resource {t} CROSS JOIN idx_reference {e} WHERE {t}.row = {q}.row"
        f" AND {e}.param = ? AND {e}.target = ? || {t}.id AND",
        (number, target(chain.type_, "")),
    )
    inner = listed(beyond, chain.criterion)
    seen = beyond.visible(t, resource=True)
    by_id = sql(f"SELECT {distinct} {e}.row FROM (", inner, tail, seen)
    if not chain.parameter.canonical:
        return by_id
    there = all_of((seen, filter_on(beyond, chain.criterion, t)))
    met = sql(named(sight, chain), Sql(f"AND {e}.param = ? AND", (number,)), there)
    return sql(by_id, _union(distinct), f"SELECT {distinct} {e}.row FROM", met)


def _is_led_to(sight: Sight, has: Has, alias: str) -> Sql:
    beyond = sight.beyond(has.type_)
    e, t = f"e{sight.depth}", f"t{sight.depth}"
    head = Sql(
        f"EXISTS (SELECT 1 FROM resource {t} JOIN idx_reference {e} ON {e}.param = ?"
        f" AND {e}.target = ? || {t}.id WHERE {t}.row = {alias}.row AND",
        (beyond.number(has.parameter.code), target(sight.index.type_, "")),
    )
    there = all_of((beyond.visible(e), filter_on(beyond, has.criterion, e)))
    by_id = sql(head, "(", there, ")", ONE_BY_ONE, ")")
    if not has.parameter.canonical:
        return by_id
    met = sql("EXISTS (SELECT 1 FROM", naming(sight, has, alias), "AND (", there, ")", ONE_BY_ONE)
    return any_of((by_id, sql(met, ")")))


def _led_to(sight: Sight, has: Has, distinct: str) -> Sql:
    beyond, type_ = sight.beyond(has.type_), sight.index.type_
    q, e, t = f"q{sight.depth}", f"e{sight.depth}", f"t{sight.depth}"
    tables = (
        f") {q} CROSS JOIN idx_reference {e} CROSS JOIN resource {t} WHERE {e}.row = {q}.row"
        f" AND +{e}.param = ? AND"
    )
    tail = sql(
        Sql(tables, (beyond.number(has.parameter.code),)),
        leads_to(e, t, type_),
        f"AND NOT {t}.deleted AND",
    )
    inner = listed(beyond, has.criterion)
    by_id = sql(f"SELECT {distinct} {t}.row FROM (", inner, tail, beyond.visible(q))
    if not has.parameter.canonical:
        return by_id
    text = f"SELECT {t}.row FROM resource {t} WHERE {t}.type = ? AND NOT {t}.deleted AND"
    met = sql("EXISTS (SELECT 1 FROM", naming(sight, has, t), "AND", beyond.visible(e), "AND (")
    there = filter_on(beyond, has.criterion, e)
    return sql(by_id, _union(distinct), Sql(text, (type_,)), met, there, "))")


def _union(distinct: str) -> str:
    return "UNION" if distinct else "UNION ALL"

"""The store against the naive evaluator, on random small worlds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_world import CONTEXT, DEFINITIONS, SYSTEM, Reader, basic, patient_reader, query

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.json import Literal, dump, parse
from fhirbridge.search.evaluate import matches
from fhirbridge.search.query import Cursor, Query, SortKey, Visibility
from fhirbridge.search.values import (
    DateRow,
    NumberRow,
    QuantityRow,
    Row,
    StringRow,
    TokenRow,
    UriRow,
)
from fhirbridge.store import planning
from fhirbridge.store.index.hot import NO_VALUE
from fhirbridge.store.store import Store

LOINC = "http://loinc.org"
CODES = [(LOINC, "718-7"), (LOINC, "789-8"), ("urn:lab", "HGB"), (None, "718-7")]
DATES = ["2026-01-05", "2026-01-05T10:00:00+03:00", "2026-01", "2026", "2026-01-06T00:00:00+03:00"]
PERIODS = [
    {"start": "2026-01-01", "end": "2026-01-05"},
    {"start": "2026-01-05"},
    {"end": "2026-01-04"},
]
NUMBERS = ["5.4", "5.40", "5", "0.1", "100", "-3"]
NAMES = ["Щедрин", "щедрина", "Ёлкин", "Anna-Maria", "x" * 90, "x" * 89 + "y"]
URLS = ["http://a.example/x", "http://a.example/x/y", "http://a.example/x|2", "urn:oid:1.2"]


def concept(code: tuple[str | None, str]) -> dict[str, str]:
    system, value = code
    return {"code": value, "display": f"Test {value}"} | ({"system": system} if system else {})


codes = st.lists(st.sampled_from(CODES), min_size=1, max_size=2).map(
    lambda found: {"coding": [concept(one) for one in found]}
) | st.just({"text": "Гемоглобин"})
amounts = st.builds(
    lambda number, unit, comparator: {"value": Literal(number)} | unit | comparator,
    st.sampled_from(NUMBERS),
    st.sampled_from(
        [{}, {"unit": "г/л", "system": "http://unitsofmeasure.org", "code": "g/L"}, {"unit": "g/L"}]
    ),
    st.sampled_from([{}, {}, {"comparator": "<"}, {"comparator": "<="}, {"comparator": ">="}]),
)
references = st.sampled_from(
    ["Patient/p1", "Patient/p2", "Device/p1", "https://clinic.example/fhir/Patient/p1",
     "https://other.example/fhir/Patient/p1"]
).map(lambda text: {"reference": text})  # fmt: skip
resources = st.fixed_dictionaries(
    {"status": st.sampled_from(["final", "amended", "draft"])},
    optional={
        "code": codes,
        "subject": references,
        "performer": st.just({"reference": "Practitioner/d1"}),
        "effective": st.sampled_from([*DATES, *PERIODS]),
        "seen": st.lists(st.sampled_from(DATES), min_size=1, max_size=2),
        "name": st.sampled_from(NAMES),
        "amount": amounts,
        "part": st.lists(st.fixed_dictionaries({"code": codes, "amount": amounts}), max_size=2),
        "factor": st.sampled_from(NUMBERS).map(Literal),
        "url": st.sampled_from(URLS),
        "note": st.sampled_from(["secret", "open"]),
    },
)
worlds = st.lists(resources, min_size=8, max_size=14)

prefixes = st.sampled_from(["", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"])
tokens = st.sampled_from(
    ["718-7", f"{LOINC}|718-7", "|718-7", f"{LOINC}|", "hgb", "urn:lab|HGB", "nothing"]
)
dates = st.builds(
    lambda prefix, text: prefix + text.replace("+", " "), prefixes, st.sampled_from(DATES)
)
numbers = st.builds(lambda prefix, text: prefix + text, prefixes, st.sampled_from(NUMBERS))
quantities = st.builds(
    lambda number, unit: number + unit,
    numbers,
    st.sampled_from(["", "||g/L", "|http://unitsofmeasure.org|g/L", "||г/л"]),
)
VALUES: dict[str, st.SearchStrategy[str]] = {
    "code": tokens,
    "code:not": tokens,
    "code:text": st.sampled_from(["test", "гемо"]),
    "status": st.sampled_from(["final", "amended", "draft"]),
    "status:not": st.just("final"),
    "note": st.sampled_from(["secret", "open"]),
    "note:missing": st.sampled_from(["true", "false"]),
    "patient": st.sampled_from(["p1", "Patient/p2", f"{'https://clinic.example/fhir'}/Patient/p1"]),
    "subject": st.sampled_from(["Patient/p1", "p3", "https://other.example/fhir/Patient/p1"]),
    "subject:Device": st.just("p1"),
    "subject:missing": st.sampled_from(["true", "false"]),
    "practitioner": st.just("d1"),
    "date": dates,
    "date:missing": st.sampled_from(["true", "false"]),
    "seen": dates,
    "name": st.sampled_from(["щед", "елкин", "anna maria", "x" * 90, "x" * 70]),
    "name:exact": st.sampled_from(["Щедрин", "щедрин"]),
    "name:contains": st.sampled_from(["дри", "MARIA"]),
    "amount": quantities,
    "factor": numbers,
    "url": st.sampled_from(URLS),
    "url:below": st.sampled_from(["http://a.example", "http://a.example/x"]),
    "url:above": st.just("http://a.example/x/y/z"),
    "_id": st.sampled_from(["b0", "b1", "none"]),
    "_id:not": st.just("b0"),
    "_lastUpdated": st.sampled_from(["gt1970-01-01", "lt1970", "ge1970-01-01T00:00:00.000005Z"]),
    "code-amount": st.builds(lambda code, amount: f"{code}${amount}", tokens, quantities),
}
SORTS = ["date", "code", "name", "amount", "factor", "seen", "_id", "_lastUpdated", "status"]


def clause(name: str) -> st.SearchStrategy[str]:
    """One clause on `name`, with one or two alternatives."""
    most = 1 if name.endswith(":missing") else 2
    return st.lists(VALUES[name], min_size=1, max_size=most).map(
        lambda values: f"{name}={','.join(values)}"
    )


# Each parameter alone, so that none hides behind another that finds nothing …
alone = st.tuples(*(clause(name) for name in sorted(VALUES)))
sorts = st.lists(
    st.builds(lambda sign, name: sign + name, st.sampled_from(["", "-"]), st.sampled_from(SORTS)),
    min_size=1,
    max_size=2,
    unique_by=lambda text: text.removeprefix("-"),
).map(lambda keys: f"_sort={','.join(keys)}")
# … and together, sorted: mostly those that hot combinations and walks are made of.
LEADING = ("patient", "code", "status", "date", "date", "status:not", "seen")
searches = st.builds(
    lambda found, sort: "&".join([*found, *sort]),
    st.lists(st.sampled_from(LEADING).flatmap(clause), min_size=1, max_size=3),
    st.lists(sorts, max_size=1),
)
together = st.lists(searches | sorts, min_size=6, max_size=10)

WIPE = (
    "resource", "history", "hot", "owner", "shown", "relation", "idx_token", "idx_reference",
    "idx_date", "idx_string", "idx_number", "idx_quantity", "idx_uri",
)  # fmt: skip


def settle(store: Store, world: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let the store hold exactly `world`; return it as stored, in the order of rows."""
    with store.transaction() as transaction:
        for table in WIPE:
            store.database.execute(f"DELETE FROM {table}")  # noqa: S608
        for number, content in enumerate(world):
            body = {"resourceType": "Basic", "id": f"b{number}", **content}
            transaction.put(body, now=number)
    rows = store.database.connection.rows("SELECT body FROM resource ORDER BY row")
    return [parse(body) for (body,) in rows]


VALUE_OF: dict[type[Row], Callable[[Any], Any]] = {
    DateRow: lambda row: row.low,
    TokenRow: lambda row: row.code or "",
    StringRow: lambda row: row.folded[:64],
    NumberRow: lambda row: row.low,
    QuantityRow: lambda row: Decimal("-inf") if row.low is None else row.low,
    UriRow: lambda row: row.uri,
}
NOTHING = {"date": NO_VALUE, "number": Decimal("-inf"), "quantity": Decimal("-inf")}


def keyed(resource: dict[str, Any], key: SortKey) -> Any:
    values = [VALUE_OF[type(row)](row) for row in key.parameter.rows(resource, CONTEXT)]
    nothing = NOTHING.get(key.parameter.kind, "")
    return (max if key.descending else min)(values, default=nothing)


def in_order(query: Query, found: Sequence[dict[str, Any]], shown: Callable[..., Any]) -> list[str]:
    """Return the ids of `found` (in row order) in the order that `query` asks for."""

    def compare(one: tuple[int, Any], other: tuple[int, Any]) -> int:
        for key in query.sort:
            a, b = (keyed(shown(item[1], key.parameter.code), key) for item in (one, other))
            if a != b:
                return (1 if a > b else -1) * (-1 if key.descending else 1)
        down = bool(query.sort) and query.sort[0].descending
        return (one[0] - other[0]) * (-1 if down else 1)

    return [item[1]["id"] for item in sorted(enumerate(found), key=cmp_to_key(compare))]


def paged(reader: Reader, asked: Query, count: int) -> list[str]:
    """Return the ids of all pages of `count`, one after another."""
    ids: list[str] = []
    after: Cursor | None = None
    while True:
        found = reader.store.search(reader.permitted(replace(asked, count=count, after=after)))
        assert len(found.matches) <= count
        ids += [one.id_ for one in found.matches]
        if found.after is None:
            return ids
        assert len(found.matches) == count
        after = found.after


def check(reader: Reader, asked: Query, expected: list[str]) -> None:
    """Prove that `reader` finds `expected`: on one page, on small ones, and as a total."""
    whole = reader.store.search(reader.permitted(replace(asked, count=1000, total=True)))
    ids = [one.id_ for one in whole.matches]
    if asked.sort:
        assert ids == expected
    else:
        assert sorted(ids) == sorted(expected)
    assert whole.total == len(expected)
    assert whole.after is None
    # Of many matches, small pages take long; of few, each size ends in another way.
    for count in (1, 2, 3) if len(ids) < 5 else (2, 3):
        assert paged(reader, asked, count) == ids


slow = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("few", [0, planning.FEW])
@slow
@given(world=worlds, alone=alone, together=together)
def test_a_search_finds_what_the_naive_evaluator_finds(
    store: Store, few: int, world: list[dict[str, Any]], alone: list[str], together: list[str]
) -> None:
    """With `few` 0 every search walks in order; else whatever finds few rows leads."""
    stored = settle(store, world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "FEW", few)
        for text in (*alone, *together):
            asked = query(text)
            found = [one for one in stored if matches(asked, one, CONTEXT)]
            check(Reader(store), asked, in_order(asked, found, lambda one, _: one))


@pytest.mark.parametrize("few", [0, planning.FEW])
@slow
@given(world=worlds, alone=alone, together=together)
def test_a_patient_finds_exactly_own_rows_by_what_is_shown_of_them(
    store: Store, few: int, world: list[dict[str, Any]], alone: list[str], together: list[str]
) -> None:
    access = DEFINITIONS["Basic"].access
    stored = [one for one in settle(store, world) if "p1" in access.owners(one)]

    def shown(resource: dict[str, Any], code: str) -> dict[str, Any]:
        return access.shown(resource, "p1") if code in access.shown_parameters else resource

    def fulfils(asked: Query, resource: dict[str, Any]) -> bool:
        return all(
            matches(
                replace(asked, clauses=(clause,)), shown(resource, clause.parameter.code), CONTEXT
            )
            for clause in asked.clauses
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "FEW", few)
        for text in (*alone, *together):
            asked = query(text)
            found = [one for one in stored if fulfils(asked, one)]
            check(patient_reader(store, "p1"), asked, in_order(asked, found, shown))


def test_the_bytes_of_a_match_are_the_view_of_its_reader(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.put(basic("b1", status="amended", note="secret"), now=1)
    asked = query("patient=p1")
    whole = store.search(Reader(store).permitted(asked)).matches[0]
    shown = store.search(patient_reader(store, "p1").permitted(asked)).matches[0]
    assert parse(whole.body)["note"] == "secret"
    assert parse(shown.body) == {
        **{key: value for key, value in parse(whole.body).items() if key != "note"},
        "status": "final",
    }
    assert whole.etag == 'W/"1"'
    assert shown.etag not in {whole.etag, ""}


def test_decimals_keep_their_digits(store: Store, system: Reader) -> None:
    with store.transaction() as transaction:
        transaction.put(parse('{"resourceType":"Basic","id":"b1","factor":1.50}'), now=1)
    body = store.search(system.permitted(query("factor=1.5"))).matches[0].body
    assert b'"factor":1.50}' in body
    assert dump(parse(body)) == body


def test_nobody_without_a_visibility_sees_anything(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.put(basic("b1"), now=1)
    nobody = Reader(store, Visibility())
    assert nobody.ids("") == []
    assert nobody.ids("_id=b1") == []
    assert store.search(nobody.permitted(query("_count=0"))).total == 0


def test_count_zero_gives_the_total_alone(store: Store, system: Reader) -> None:
    with store.transaction() as transaction:
        transaction.put_all([(basic(f"b{number}"), None) for number in range(3)], now=1)
    found = store.search(system.permitted(query("_count=0&code=718-7")))
    assert (found.matches, found.total, found.after) == ([], 3, None)


@pytest.mark.parametrize("text", ["_sort=-date", "_sort=name", "", "_sort=name,date"])
def test_a_cursor_of_another_search_is_refused(store: Store, system: Reader, text: str) -> None:
    foreign = Cursor((1, 2, 3), 1)
    with pytest.raises(Invalid):
        store.search(system.permitted(replace(query(text), after=foreign)))


def test_a_plan_can_be_explained(store: Store, system: Reader) -> None:
    assert SYSTEM.everything
    text = store.explain(system.permitted(query("patient=p1&code=718-7&_sort=-date")))
    assert text.startswith("Walk\n")
    assert "('patient', 'code')" in text

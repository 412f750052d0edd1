"""Searches of the whole grammar over random clinics: the store against the naive evaluator."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import grammar_world as worlds
import pytest
from hypothesis import HealthCheck, given, settings

from fhirbridge.auth.access import permit
from fhirbridge.fhir.errors import FhirError
from fhirbridge.fhir.json import parse
from fhirbridge.resources.registry import definitions
from fhirbridge.search.evaluate import matches
from fhirbridge.search.expansion import expanded
from fhirbridge.search.understand import understand
from fhirbridge.store import planning
from fhirbridge.store.store import Store

WIPE = (
    "resource", "history", "hot", "owner", "shown", "relation", "context", "idx_token",
    "idx_reference", "idx_date", "idx_string", "idx_number", "idx_quantity", "idx_uri",
)  # fmt: skip


@pytest.fixture
def store(database_url):
    found = Store.open(database_url, definitions(), ZoneInfo("Europe/Moscow"), worlds.BASE)
    found.migrate()
    yield found
    found.close()


def settle(store, clinic):
    for table in WIPE:
        store.database.execute(f"DELETE FROM {table}")  # noqa: S608
    with store.transaction() as transaction:
        for number, one in enumerate(clinic):
            transaction.put(one, now=1 + number)
    return [
        parse(body)
        for (body,) in store.database.connection.rows("SELECT body FROM resource ORDER BY row")
    ]


def permitted(principal, type_, pairs):
    definition = definitions()[type_]
    asked = understand(type_, definition.searchable, pairs, worlds.CONTEXT)
    return permit(asked.query, definition, principal)


def paged(store, principal, type_, pairs, count):
    ids, after = [], None
    asked = permitted(principal, type_, [*pairs, ("_count", str(count))])
    while True:
        query = asked.query if after is None else replace(asked.query, after=after)
        page = store.search(permit(query, definitions()[type_], principal))
        ids += [one.id_ for one in page.matches]
        if page.after is None:
            return ids
        after = page.after


@pytest.mark.parametrize("few", [0, planning.FEW])
@pytest.mark.parametrize("who", worlds.PRINCIPALS)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(clinic=worlds.clinics, searches=worlds.st.lists(worlds.searches(), min_size=8, max_size=12))
def test_every_search_finds_what_the_naive_evaluator_finds(store, who, few, clinic, searches):
    principal = worlds.PRINCIPALS[who]
    stored = settle(store, clinic)
    seen = worlds.world(principal, stored)

    def find(type_, canonical):
        name = canonical.partition("|")[0].removeprefix(f"{type_}/")
        found = (one for one in stored if one["resourceType"] == type_)
        return next((one for one in found if name in {one.get("url"), one["id"]}), None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "FEW", few)
        for type_, pairs in searches:
            try:
                asked = permitted(principal, type_, pairs)
            except FhirError:
                continue
            query = _expanded(asked.query, find)
            expected = [
                one["id"] for one in seen.resources if matches(query, one, worlds.CONTEXT, seen)
            ]
            page = store.search(asked)
            assert sorted(one.id_ for one in page.matches) == sorted(expected), (type_, pairs)
            ordered = [one.id_ for one in page.matches]
            assert paged(store, principal, type_, pairs, 2) == ordered, (type_, pairs)
            with_total = permitted(principal, type_, [*pairs, ("_total", "accurate")])
            assert store.search(with_total).total == len(expected), (type_, pairs)


def _expanded(query, find):
    return replace(query, clauses=tuple(expanded(one, find) for one in query.clauses))

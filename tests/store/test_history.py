"""Versions as the store gives them, and what a write may ask beside them."""

import threading
import time

import pytest
from store_world import BASE, ZONE

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM, Principal
from fhirbridge.auth.scopes import Scopes
from fhirbridge.resources.registry import definitions
from fhirbridge.search.query import Query, by_id
from fhirbridge.store.history import Window
from fhirbridge.store.store import Store
from fhirbridge.store.stored import Lineage


@pytest.fixture
def store(database_url):
    found = Store.open(database_url, definitions(), ZONE, BASE)
    found.migrate()
    yield found
    found.close()


def patient(id_, family):
    return {"resourceType": "Patient", "id": id_, "name": [{"family": family}]}


def put(store, *resources, now):
    with store.transaction() as tx:
        return [tx.put(one, now=now) for one in resources]


def all_of(type_, principal=SYSTEM):
    return permit(Query(type_), definitions()[type_], principal, "history-type")


def test_versions_of_one_moment_have_an_order_and_pages_keep_it(store):
    put(store, *(patient(f"p{n}", "a") for n in range(5)), now=1000)
    put(store, *(patient(f"p{n}", "b") for n in range(5)), now=1000)
    seen, after, totals = [], None, set()
    while True:
        window = Window(count=3, after=after)
        page = store.history_of_types([all_of("Patient")], window)
        seen += [(one.id_, one.version) for one in page.matches]
        totals.add(page.total)
        after = page.after
        if after is None:
            break
    assert totals == {10}
    assert seen == [(f"p{n}", version) for n in (4, 3, 2, 1, 0) for version in (2, 1)]


def test_a_unit_sees_the_history_it_writes(store):
    query = by_id("Patient", "p", "history-instance")
    permitted = permit(query, definitions()["Patient"], SYSTEM)
    assert store.history(permitted, Window()) is None
    with store.transaction() as tx:
        tx.put(patient("p", "a"), now=1)
        tx.put(patient("p", "b"), now=2)
        page = store.history(permitted, Window())
        assert [(one.version, one.updated) for one in page.matches] == [(2, 2), (1, 1)]


def test_the_history_of_a_type_is_not_filtered(store):
    doctor = Principal("user", Scopes.parse("user/*.rs"), user="Practitioner/d")
    narrow = permit(Query("Patient"), definitions()["Patient"], doctor)
    with pytest.raises(ValueError, match="all of it"):
        store.history_of_types([narrow], Window())


def test_a_put_tells_when_its_version_was_stored(store):
    first = put(store, patient("p", "a"), now=5)[0]
    same = put(store, patient("p", "a"), now=9)[0]
    late = put(store, patient("p", "b"), now=3)[0]
    assert [(one.version, one.updated) for one in (first, same, late)] == [(1, 5), (1, 5), (2, 5)]


def test_a_resource_names_the_source_it_came_from(store):
    put(store, patient("own", "a"), now=1)
    with store.transaction() as tx:
        kept = tx.records.keep("onec", "patients", "1", b"{}", 1)
        tx.put(patient("theirs", "a"), now=1, lineage=Lineage(kept.id, "patients.yaml#1"))
        assert tx.records.source_of("Patient", "theirs") == "onec"
        assert tx.records.source_of("Patient", "own") is None
        assert tx.records.source_of("Patient", "none") is None


def test_one_purpose_is_for_one_transaction_at_a_time(store):
    inside, most = [], []

    def work():
        def unit(tx):
            tx.alone("a purpose")
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

        store.run(unit)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5

"""The net over answers for practitioners: a resource says itself whose it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store_world import basic, opened, query

from fhirbridge.search.query import PermittedQuery, Visibility, by_id
from fhirbridge.store.outgoing import Escaped
from fhirbridge.store.store import Store

DOCTOR = Visibility(practitioner="d1")
EVERYTHING = Visibility(everything=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store on SQLite: PostgreSQL's own net would meet the rows first."""
    found = opened(f"sqlite:///{tmp_path}/a.sqlite")
    found.migrate()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def filled(store: Store) -> None:
    """Keep what p1 has to do with d1, and something of p2."""
    to_doctor = {"performer": {"reference": "Practitioner/d1"}, "effective": "2026-03-10"}
    with store.transaction() as transaction:
        for resource in (
            basic("visit", "p1", **to_doctor),
            basic("own", "p1"),
            basic("other", "p2"),
            basic("nobody", subject=None),
            {"resourceType": "Patient", "id": "p1"},
            {"resourceType": "Patient", "id": "p2"},
            {"resourceType": "Library", "id": "l1", "status": "active"},
            {
                "resourceType": "Binary",
                "id": "file",
                "contentType": "text/plain",
                "securityContext": {"reference": "Basic/other"},
            },
        ):
            transaction.put({k: v for k, v in resource.items() if v is not None}, now=1)


def unguarded(asked: Any, reader: Visibility = DOCTOR) -> PermittedQuery:
    """Return a query whose predicate is lost: only the nets are left."""
    return PermittedQuery(asked, EVERYTHING, reader=reader)


def leaves(store: Store, type_: str, id_: str, reader: Visibility = DOCTOR) -> bool:
    """Return whether a resource leaves by reading and by searching, in either way the same."""
    left = []
    for ask in (
        lambda: store.read(unguarded(by_id(type_, id_), reader)),
        lambda: store.search(unguarded(query(f"_id={id_}", type_), reader)),
    ):
        try:
            left.append(ask() is not None)
        except Escaped:
            left.append(False)
    assert len(set(left)) == 1
    return left[0]


@pytest.mark.parametrize(
    ("type_", "id_"), [("Basic", "visit"), ("Basic", "own"), ("Patient", "p1"), ("Library", "l1")]
)
def test_what_is_about_their_patients_or_open_to_all_leaves(
    store: Store, type_: str, id_: str
) -> None:
    assert leaves(store, type_, id_)


@pytest.mark.parametrize(
    ("type_", "id_"), [("Basic", "other"), ("Basic", "nobody"), ("Patient", "p2")]
)
def test_what_is_not_is_held(store: Store, type_: str, id_: str) -> None:
    assert not leaves(store, type_, id_)


def test_what_is_seen_through_another_resource_is_left_to_the_query(store: Store) -> None:
    assert leaves(store, "Binary", "file")


def test_a_relation_counts_in_its_window_only(store: Store) -> None:
    assert not leaves(store, "Basic", "own", Visibility(practitioner="d1", window=(0, 1)))
    assert not leaves(store, "Basic", "own", Visibility(practitioner="d2"))


def test_one_foreign_resource_holds_the_whole_page(store: Store) -> None:
    with pytest.raises(Escaped):
        store.search(unguarded(query("code=718-7")))


def test_who_sees_everything_is_not_judged(store: Store) -> None:
    assert leaves(store, "Basic", "other", EVERYTHING)

from typing import Any

import pytest
from store_world import DEFINITIONS, Reader, basic, patient_reader, query

from fhirbridge.fhir.json import parse
from fhirbridge.resources.registry import definitions
from fhirbridge.search.query import Visibility, by_id
from fhirbridge.store.store import Store
from fhirbridge.store.stored import Stored

PUBLIC = Visibility(public=True)


def keep(store: Store, *resources: dict[str, Any]) -> None:
    with store.transaction() as transaction:
        transaction.put_all([(one, None) for one in resources], now=1)


def read(reader: Reader, type_: str, id_: str) -> Stored | None:
    return reader.store.read(reader.permitted(by_id(type_, id_)))


def library(id_: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Library", "id": id_, **more}


def binary(id_: str, context: str | None) -> dict[str, Any]:
    link = {} if context is None else {"securityContext": {"reference": context}}
    return {"resourceType": "Binary", "id": id_, "contentType": "application/pdf", **link}


def test_a_patient_reads_own_rows_only(store: Store) -> None:
    keep(store, basic("b1", "p1"), basic("b2", "p2"), basic("b3", "p1", status="draft"))
    reader = patient_reader(store, "p1")
    found = [read(reader, "Basic", id_) for id_ in ("b1", "b2", "b3", "none")]
    assert [one and one.id_ for one in found] == ["b1", None, None, None]


def test_what_changes_hands_is_seen_by_its_new_owner_only(store: Store) -> None:
    keep(store, basic("b1", "p1"))
    keep(store, basic("b1", "p2"))
    first, second = patient_reader(store, "p1"), patient_reader(store, "p2")
    assert read(first, "Basic", "b1") is None
    assert first.ids("") == []
    assert second.ids("") == ["b1"]


def test_a_version_is_seen_when_both_it_and_the_newest_are_own(store: Store) -> None:
    keep(store, basic("b1", "p2", note="2"))
    keep(store, basic("b1", "p1", note="1"))
    keep(store, basic("b1", "p1", note="3"))
    reader = patient_reader(store, "p1")
    asked = reader.permitted(by_id("Basic", "b1", "vread"))
    mistake, own = store.vread(asked, 1), store.vread(asked, 2)
    assert mistake is None
    assert own is not None
    assert "note" not in parse(own.body)
    foreign = patient_reader(store, "p2").permitted(by_id("Basic", "b1", "vread"))
    assert store.vread(foreign, 1) is None


def test_several_owners_each_get_their_own_view(store: Store, monkeypatch: Any) -> None:
    access = DEFINITIONS["Basic"].access
    monkeypatch.setattr(type(access), "shown", lambda _, one, who: {**one, "who": who})
    both = [{"reference": "Patient/p1"}, {"reference": "Patient/p2"}]
    keep(store, {**basic("b1"), "subject": both})
    for who in ("p1", "p2"):
        reader = patient_reader(store, who)
        found = read(reader, "Basic", "b1")
        assert found is not None
        assert parse(found.body)["who"] == who
        for text in ("_id=b1", "code=718-7", ""):
            page = store.search(reader.permitted(query(text)))
            assert [parse(one.body)["who"] for one in page.matches] == [who]


def test_the_public_sees_a_directory_without_what_is_hidden(store: Store) -> None:
    keep(store, library("l1", note="secret", status="open"), library("l2", status="hidden"))
    reader = Reader(store, PUBLIC, as_patient=True)
    assert reader.ids("", "Library") == ["l1"]
    assert reader.ids("note=secret", "Library") == []
    assert reader.ids("note:missing=true", "Library") == ["l1"]
    found = read(reader, "Library", "l1")
    assert found is not None
    assert parse(found.body) == library("l1", status="open")
    assert not found.dated
    assert read(reader, "Library", "l2") is None
    assert Reader(store).ids("note=secret", "Library") == ["l1"]


def test_the_public_sees_no_versions_of_a_directory(store: Store) -> None:
    keep(store, library("l1"))
    public = Reader(store, PUBLIC, as_patient=True)
    asked = by_id("Library", "l1", "vread")
    assert store.vread(public.permitted(asked), 1) is None
    assert store.vread(Reader(store).permitted(asked), 1) is not None


def test_an_owner_does_not_make_a_hidden_directory_entry_public(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = DEFINITIONS["Library"].access
    reader = Reader(store, PUBLIC, as_patient=True)
    for owners in ({"p1"}, {"p1", "p2"}):
        monkeypatch.setattr(type(access), "owners", lambda *_, found=owners: frozenset(found))
        keep(store, library(f"l{len(owners)}", status="hidden", note="x"))
    assert reader.ids("", "Library") == []
    assert read(reader, "Library", "l1") is None


def test_the_tag_of_a_view_does_not_tell_of_what_is_hidden(store: Store) -> None:
    reader = Reader(store, PUBLIC, as_patient=True)
    tags = []
    for note in ("one", "two"):
        keep(store, library("l1", note=note))
        found = read(reader, "Library", "l1")
        assert found is not None
        tags.append(found.etag)
    assert tags[0] == tags[1]
    keep(store, library("l1", status="new"))
    found = read(reader, "Library", "l1")
    assert found is not None
    assert found.etag != tags[0]


@pytest.mark.parametrize(
    ("context", "seen"),
    [
        ("Basic/b1", True),
        ("https://clinic.example/fhir/Basic/b1", True),
        ("Patient/p1", True),
        ("Basic/b2", False),
        ("Basic/draft", False),
        ("Basic/none", False),
        ("https://other.example/fhir/Basic/b1", False),
        (None, False),
    ],
)
def test_a_binary_is_seen_exactly_where_its_context_is(
    store: Store, context: str | None, *, seen: bool
) -> None:
    keep(
        store,
        binary("x", context),
        basic("b1", "p1"),
        basic("b2", "p2"),
        basic("draft", "p1", status="draft"),
    )
    assert (read(patient_reader(store, "p1"), "Binary", "x") is not None) is seen
    assert read(Reader(store), "Binary", "x") is not None


def test_a_binary_vanishes_with_its_context(store: Store) -> None:
    keep(store, basic("b1", "p1"), binary("x", "Basic/b1"))
    with store.transaction() as transaction:
        transaction.delete("Basic", "b1", now=2)
    assert read(patient_reader(store, "p1"), "Binary", "x") is None


def test_a_practitioner_sees_the_patients_there_is_a_relation_to(store: Store) -> None:
    keep(
        store,
        basic("visit", "p1", performer={"reference": "Practitioner/d1"}),
        basic("draft", "p1", status="draft"),
        basic("other", "p2"),
        {"resourceType": "Patient", "id": "p1"},
        {"resourceType": "Patient", "id": "p2"},
    )
    doctor = Reader(store, Visibility(practitioner="d1"))
    assert doctor.ids("") == ["visit", "draft"]
    assert doctor.ids("", "Patient") == ["p1"]
    assert doctor.ids("", "Library") == []
    assert read(doctor, "Basic", "other") is None
    assert Reader(store, Visibility(practitioner="d2")).ids("") == []


def test_a_relation_ends_with_what_made_it(store: Store) -> None:
    keep(store, basic("visit", "p1", performer={"reference": "Practitioner/d1"}), basic("b1"))
    with store.transaction() as transaction:
        transaction.delete("Basic", "visit", now=2)
    assert Reader(store, Visibility(practitioner="d1")).ids("") == []


def test_a_read_asks_for_exactly_one_id(store: Store) -> None:
    for text in ("", "code=1", "_id=a,b", "_id=a&code=1"):
        with pytest.raises(ValueError, match="one id"):
            store.read(Reader(store).permitted(query(text)))


def test_every_own_resource_is_found_by_the_parameter_patient() -> None:
    """Patients' searches are led by it: an owner it does not know would miss the resource."""
    for definition in definitions().values():
        parameter = definition.parameter("patient")
        if parameter is not None:
            access = definition.access
            paths = {*getattr(access, "paths", ()), *filter(None, [getattr(access, "path", None)])}
            found = {path.partition("|")[0] for path in parameter.paths}
            assert paths <= found, definition.type_

from dataclasses import replace
from typing import Any

import pytest
from store_world import DEFINITIONS, PARAMETERS, ZONE, Reader, basic, patient_reader, query

from fhirbridge.fhir.instant import date_range
from fhirbridge.fhir.json import parse
from fhirbridge.resources.registry import definitions
from fhirbridge.search.query import Clause, Visibility, by_id
from fhirbridge.search.values import ReferenceValue, TokenValue
from fhirbridge.store.history import Window
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


WHOSE = (
    "SELECT r.id, r.patient, (SELECT count(*) FROM owner o WHERE o.row = r.row),"
    " (SELECT min(o.patient) FROM owner o WHERE o.row = r.row) FROM resource r ORDER BY r.id"
)


def test_a_resource_says_itself_whose_it_is_if_it_is_one_patients(store: Store) -> None:
    both = {"subject": [{"reference": "Patient/p1"}, {"reference": "Patient/p2"}]}
    keep(store, basic("b1", "p1"), basic("b2", "p1") | both, basic("b3", "p1", status="draft"))
    keep(store, basic("b4", "p1"), basic("b5", "p1") | both, basic("b6", "p1"), library("l"))
    keep(store, basic("b4", "p2"), basic("b5", "p2"), basic("b6", "p1") | both)
    with store.transaction() as transaction:
        transaction.delete("Basic", "b1", now=9)
    before = store.database.connection.rows(WHOSE)
    told = {id_: patient for id_, patient, *_ in before}
    assert told["b1"] == "p1"
    assert (told["b4"], told["b5"], told["b6"]) == ("p2", "p2", None)
    for _, patient, owners, only in before:
        assert patient == (only if owners == 1 else None)
    store.database.execute("UPDATE resource SET patient = NULL WHERE NOT deleted")
    assert patient_reader(store, "p2").ids("_id=b4") == ["b4"]
    store.reindex()
    assert store.database.connection.rows(WHOSE) == before


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

    def shown(_: object, one: dict[str, Any], who: str) -> dict[str, Any]:
        return {**one, "who": who, "subject": {"reference": f"Patient/{who}"}}

    monkeypatch.setattr(type(access), "shown", shown)
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


def visit(id_: str, patient: str, day: str = "2026-03-10", **more: Any) -> dict[str, Any]:
    performer = {"reference": "Practitioner/d1"}
    return basic(id_, patient, performer=performer, effective=day, **more)


def during(first: str, last: str) -> Visibility:
    low, high = (date_range(day, ZONE)[0] for day in (first, last))
    return Visibility(practitioner="d1", window=(low, high))


def test_a_practitioner_sees_the_patients_there_is_a_relation_to(store: Store) -> None:
    keep(
        store,
        visit("visit", "p1"),
        basic("draft", "p1", status="draft"),
        basic("other", "p2"),
        {"resourceType": "Patient", "id": "p1"},
        {"resourceType": "Patient", "id": "p2"},
        binary("report", "Basic/draft"),
        binary("card", "Patient/p1"),
        binary("other-report", "Basic/other"),
        binary("other-card", "Patient/p2"),
    )
    doctor = Reader(store, Visibility(practitioner="d1"))
    assert doctor.ids("") == ["visit", "draft"]
    assert doctor.ids("", "Patient") == ["p1"]
    assert doctor.ids("", "Library") == []
    assert read(doctor, "Basic", "other") is None
    assert [id_ for id_ in ("report", "card", "other-report", "other-card")
            if read(doctor, "Binary", id_)] == ["report", "card"]  # fmt: skip
    assert Reader(store, Visibility(practitioner="d2")).ids("") == []


def test_a_relation_ends_with_what_made_it(store: Store) -> None:
    keep(store, visit("visit", "p1"), basic("b1"))
    with store.transaction() as transaction:
        transaction.delete("Basic", "visit", now=2)
    assert Reader(store, Visibility(practitioner="d1")).ids("") == []


def test_what_has_no_time_or_is_over_makes_no_relation(store: Store) -> None:
    undated = basic("undated", "p1", performer={"reference": "Practitioner/d1"})
    keep(store, undated, visit("over", "p2", status="over"))
    assert Reader(store, Visibility(practitioner="d1")).ids("") == []
    keep(store, visit("over", "p2", status="final"))
    assert Reader(store, Visibility(practitioner="d1")).ids("") == ["over"]


@pytest.mark.parametrize(
    ("window", "seen"),
    [
        (("2026-03-10", "2026-03-11"), True),
        (("2026-01-01", "2026-03-10"), False),
        (("2026-03-11", "2026-12-31"), False),
        (("2026-01-01", "2026-12-31"), True),
    ],
)
def test_a_relation_counts_while_it_is_in_the_window(
    store: Store, window: tuple[str, str], *, seen: bool
) -> None:
    keep(store, visit("visit", "p1"), {"resourceType": "Patient", "id": "p1"})
    keep(store, visit("visit", "p1", note="changed"))
    doctor = Reader(store, during(*window))
    assert doctor.ids("") == (["visit"] if seen else [])
    assert doctor.ids("", "Patient") == (["p1"] if seen else [])
    newest = store.vread(doctor.permitted(by_id("Basic", "visit", "vread")), 2)
    first = store.vread(doctor.permitted(by_id("Basic", "visit", "vread")), 1)
    assert (newest is not None, first is not None) == (seen, seen)


def within(**of: Any) -> Visibility:
    code = Clause(PARAMETERS[0], (TokenValue("http://loinc.org", "718-7"),))
    return Visibility(within=((code,),), **of)


OTHER_CODE = {"coding": [{"system": "http://loinc.org", "code": "789-8"}]}


@pytest.mark.parametrize("of", [{"patient": "p1"}, {"practitioner": "d1"}, {"everything": True}])
def test_only_what_fulfils_the_clause_is_seen(store: Store, of: dict[str, Any]) -> None:
    keep(store, visit("in", "p1"), visit("out", "p1", code=OTHER_CODE))
    reader = Reader(store, within(**of), as_patient="patient" in of)
    assert reader.ids("") == ["in"]
    assert reader.ids("_id=out") == []
    assert read(reader, "Basic", "out") is None
    assert read(reader, "Basic", "in") is not None


def test_each_version_must_fulfil_the_clause_and_so_must_the_newest(store: Store) -> None:
    keep(store, basic("x", "p1", code=OTHER_CODE))
    keep(store, basic("x", "p1"))
    reader = Reader(store, within(patient="p1"), as_patient=True)
    asked = reader.permitted(by_id("Basic", "x", "vread"))
    assert store.vread(asked, 1) is None
    assert store.vread(asked, 2) is not None
    page = store.history(asked, Window())
    assert page is not None
    assert [one.version for one in page.matches] == [2]
    keep(store, basic("x", "p1", code=OTHER_CODE))
    assert store.history(asked, Window()) is None
    assert store.vread(asked, 2) is None


def test_a_binary_is_seen_where_its_context_fulfils_the_clause(store: Store) -> None:
    keep(store, basic("in", "p1"), basic("out", "p1", code=OTHER_CODE))
    keep(store, binary("a", "Basic/in"), binary("b", "Basic/out"), binary("c", "Patient/p1"))
    through = (("Basic", within().within),)
    reader = Reader(store, Visibility(patient="p1", through=through), as_patient=True)
    found = [id_ for id_ in "abc" if read(reader, "Binary", id_) is not None]
    assert found == ["a", "c"]


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


def test_a_bare_id_that_may_be_of_no_type_finds_nothing(store: Store) -> None:
    keep(store, basic("b1", "p1"))
    (clause,) = query("subject=p2").clauses
    assert isinstance(clause, Clause)
    (value,) = clause.values
    assert isinstance(value, ReferenceValue)
    nobody = replace(clause, values=(replace(value, apart=("Patient", "Device")),))
    for reader in (patient_reader(store, "p1"), Reader(store)):
        asked = replace(query(""), clauses=(nobody,))
        assert list(store.search(reader.permitted(asked)).matches) == []

import pytest
from rest_clinic import AGES

from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir import json, schema
from fhirbridge.rest.operations import labels as in_use

TAG = {"system": "urn:x", "code": "a", "display": "A"}


def labels(answer):
    assert answer.status == 200, answer.body
    (parameter,) = answer.json["parameter"]
    assert parameter["name"] == "return"
    return parameter["valueMeta"]


def token_of(clinic, scopes, **who):
    return issue(Wanted(scopes, AGES, **who), clinic.server.store.tokens, clinic.clock())[0]


def change(clinic, operation, meta, token="system"):  # noqa: S107
    listed = [{"name": "meta", "valueMeta": meta}]
    body = json.dump({"resourceType": "Parameters", "parameter": listed})
    path = f"/fhir/Patient/A/${operation}"
    return clinic.ask(path, "POST", body=body, token=token, content_type="application/fhir+json")


def test_labels_are_added_once_and_taken_away(fresh):
    assert labels(fresh.ask("/fhir/Patient/A/$meta"))["versionId"] == "1"
    added = labels(change(fresh, "meta-add", {"tag": [TAG], "profile": ["http://x.example/p"]}))
    assert added["tag"] == [TAG]
    assert added["profile"] == ["http://x.example/p"]
    again = labels(change(fresh, "meta-add", {"tag": [{"system": "urn:x", "code": "a"}]}))
    assert again["tag"] == [TAG]
    assert fresh.ask("/fhir/Patient?_tag=urn:x|a").ids == ["A"]
    left = labels(change(fresh, "meta-delete", {"tag": [{"system": "urn:x", "code": "a"}]}))
    assert "tag" not in left
    assert left["profile"] == ["http://x.example/p"]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"resourceType":"Parameters"}'])
def test_without_labels_nothing_is_changed(fresh, body):
    path = "/fhir/Patient/A/$meta-add"
    assert fresh.ask(path, "POST", body=body, content_type="application/fhir+json").status == 400


@pytest.mark.parametrize(
    ("meta", "place"),
    [
        ({"tag": {}}, "Meta.tag"),
        ({"tag": [[]]}, "Meta.tag[0]"),
        ({"tag": [{"system": []}]}, "Meta.tag[0].system"),
        ({"profile": [5]}, "Meta.profile[0]"),
        ({"colour": "red"}, "Meta"),
    ],
)
def test_what_is_no_meta_is_refused_where_it_is_wrong(fresh, meta, place):
    """https://hl7.org/fhir/R4/resource-operation-meta-add.html: the parameter is a Meta."""
    for operation in ("meta-add", "meta-delete"):
        answer = change(fresh, operation, meta)
        assert (answer.status, answer.json["issue"][0]["expression"]) == (400, [place])


def test_labels_are_changed_by_post_and_by_staff_only(fresh):
    assert fresh.ask("/fhir/Patient/A/$meta-add").status in {404, 405}
    assert change(fresh, "meta-add", {"tag": [TAG]}, token="patient").status == 403
    assert fresh.ask("/fhir/Patient/B/$meta", token="patient").status == 404
    assert "tag" not in labels(fresh.ask("/fhir/Patient/A/$meta"))


def test_a_version_has_a_meta_of_its_own(fresh):
    change(fresh, "meta-add", {"tag": [TAG]})
    assert "tag" not in labels(fresh.ask("/fhir/Patient/A/_history/1/$meta"))
    assert labels(fresh.ask("/fhir/Patient/A/_history/2/$meta"))["tag"] == [TAG]
    own = fresh.ask("/fhir/Patient/A/_history/2/$meta", token="patient")
    assert labels(own) == labels(fresh.ask("/fhir/Patient/A/$meta", token="patient"))
    for path, status in {
        "Patient/A/_history/3": 404,
        "Patient/A/_history/x": 404,
        "Observation/gone-a/_history/2": 410,
    }.items():
        assert fresh.ask(f"/fhir/{path}/$meta").status == status
    assert fresh.ask("/fhir/Patient/B/_history/1/$meta", token="patient").status == 404
    assert fresh.ask("/fhir/Slot/nine/_history/1/$meta", token="patient").status == 403
    shown = fresh.ask("/fhir/Slot/nine/$meta", token="patient")
    assert (labels(shown).keys() <= {"extension"}, schema.check(shown.json)) == (True, ())


@pytest.fixture
def labelled(fresh):
    label = {"system": "urn:x", "code": "b"}
    some = [
        {"resourceType": "Patient", "id": "C", "meta": {"tag": [TAG, label], "profile": ["urn:p"]}},
        {"resourceType": "Patient", "id": "D", "meta": {"tag": [{**TAG, "display": "the same"}]}},
        {"resourceType": "Patient", "id": "E", "meta": {"security": [label]}},
        {"resourceType": "Location", "id": "L", "meta": {"profile": ["urn:a", "urn:p"]}},
        {"resourceType": "Patient", "id": "gone", "meta": {"profile": ["urn:gone"]}},
    ]
    fresh.server.store.run(lambda tx: tx.put_all([(one, None) for one in some], now=fresh.clock()))
    fresh.server.store.run(lambda tx: tx.delete("Patient", "gone", now=fresh.clock()))
    return fresh


def codes(meta):
    found = {name: [one["code"] for one in meta.get(name, ())] for name in ("tag", "security")}
    return found | {"profile": meta.get("profile", [])}


def test_the_labels_in_use_are_told_once_each(labelled):
    """https://hl7.org/fhir/R4/resource-operation-meta.html: no version or date at these levels."""
    of_type = labels(labelled.ask("/fhir/Patient/$meta"))
    assert codes(of_type) == {"tag": ["a", "b"], "security": ["b"], "profile": ["urn:p"]}
    assert of_type.keys() == {"tag", "security", "profile"}
    posted = labelled.ask("/fhir/Patient/$meta", "POST")
    assert labels(posted) == of_type
    of_all = labels(labelled.ask("/fhir/$meta"))
    assert codes(of_all) == codes(of_type) | {"profile": ["urn:a", "urn:p"]}
    none = labelled.ask("/fhir/Slot/$meta")
    assert labels(none).keys() == {"extension"}
    assert schema.check(none.json) == ()
    assert labelled.ask("/fhir/Binary/$meta").outcome == "not-supported"


def test_the_labels_in_use_are_for_those_who_see_all_of_a_type(labelled):
    for path in ("Patient/$meta", "Location/$meta", "$meta"):
        assert labelled.ask(f"/fhir/{path}", token="patient").status == 403
    narrow = token_of(labelled, "system/Location.rs")
    assert labelled.ask("/fhir/Patient/$meta", token=narrow).status == 403
    assert codes(labels(labelled.ask("/fhir/$meta", token=narrow)))["tag"] == []
    assert labels(labelled.ask("/fhir/$meta", token=narrow))["profile"] == ["urn:a", "urn:p"]
    doctor = token_of(labelled, "user/*.rs", user="Practitioner/doctor")
    assert labelled.ask("/fhir/Patient/$meta", token=doctor).status == 403
    assert labels(labelled.ask("/fhir/$meta", token=doctor))["profile"] == ["urn:a", "urn:p"]


def test_too_many_labelled_resources_are_not_looked_at(labelled, monkeypatch):
    monkeypatch.setattr(in_use, "PAGE", 1)
    monkeypatch.setattr(in_use, "MOST_LOOKED_AT", 1)
    answer = labelled.ask("/fhir/Patient/$meta")
    assert (answer.status, answer.outcome) == (422, "too-costly")
    assert labels(labelled.ask("/fhir/Location/$meta"))

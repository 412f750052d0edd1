import pytest

from fhirbridge.fhir import json

TAG = {"system": "urn:x", "code": "a", "display": "A"}


def labels(answer):
    assert answer.status == 200, answer.body
    (parameter,) = answer.json["parameter"]
    assert parameter["name"] == "return"
    return parameter["valueMeta"]


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

"""Section 6.7 of the checklist: REST interactions, one test per item, by its number."""

import pytest

from fhirbridge.fhir import json, schema

JSON = {"content_type": "application/fhir+json"}
PATCH = {"content_type": "application/json-patch+json"}


def patient(family="Смирнов", **elements):
    return {"resourceType": "Patient", "name": [{"family": family}], **elements}


def send(clinic, method, path, resource, **headers):
    return clinic.ask(f"/fhir/{path}", method, body=json.dump(resource), **{**JSON, **headers})


def create(clinic, resource=None, **headers):
    return send(clinic, "POST", "Patient", resource or patient(), **headers)


def identified(value, **elements):
    return patient(identifier=[{"system": "urn:mrn", "value": value}], **elements)


def stored(clinic, criteria):
    return clinic.ask(f"/fhir/Patient?{criteria}").ids


def test_item_067_a_part_of_a_resource_is_not_taken_for_the_whole(fresh):
    part = patient(id="A", meta={"tag": [{"code": "SUBSETTED"}]})
    answer = send(fresh, "PUT", "Patient/A", part)
    assert (answer.status, answer.json["issue"][0]["expression"]) == (422, ["Patient.meta.tag"])
    assert fresh.ask("/fhir/Patient/A").json["name"] == [{"family": "Иванов"}]


def test_item_068_etag_version_location_and_dates_agree(fresh):
    answer = create(fresh)
    id_, meta = answer.json["id"], answer.json["meta"]
    assert answer["ETag"] == 'W/"1"'
    assert meta["versionId"] == "1"
    assert answer["Location"] == f"https://clinic.example/fhir/Patient/{id_}/_history/1"
    assert answer["Last-Modified"] == "Tue, 24 Nov 2026 11:00:01 GMT"
    assert meta["lastUpdated"] == "2026-11-24T11:00:01.5Z"
    read = fresh.ask(f"/fhir/Patient/{id_}")
    assert (read["ETag"], read["Last-Modified"]) == (answer["ETag"], answer["Last-Modified"])


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', "1", 'W/"7", W/"1"', "*"])
def test_item_069_if_match_takes_the_version_however_written(fresh, tag):
    assert send(fresh, "PUT", "Patient/A", patient(id="A"), if_match=tag).status == 200
    refused = send(fresh, "PUT", "Patient/A", patient("Нет", id="A"), if_match='W/"1"')
    assert (refused.status, refused.outcome) == (412, "conflict")
    assert fresh.ask("/fhir/Patient/A").json["name"] == [{"family": "Смирнов"}]


def test_item_069_if_match_guards_patch_delete_and_what_is_not_there(fresh):
    operations = [{"op": "add", "path": "/active", "value": True}]
    for method, path, body, kind in [
        ("PATCH", "Patient/A", operations, PATCH),
        ("DELETE", "Patient/A", {}, {}),
        ("PUT", "Patient/new", patient(id="new"), {}),
    ]:
        assert send(fresh, method, path, body, if_match='W/"9"', **kind).status == 412
    assert fresh.ask("/fhir/Patient/A")["ETag"] == 'W/"1"'
    assert fresh.ask("/fhir/Patient/new").status == 404
    assert send(fresh, "PUT", "Patient/A", patient(id="A"), if_none_match="*").status == 412
    assert send(fresh, "PUT", "Patient/new", patient(id="new"), if_none_match="*").status == 201


def test_item_070_a_known_version_is_not_sent_again(fresh):
    for headers in [{"if_none_match": 'W/"1"'}, {"if_none_match": '"1"'}]:
        answer = fresh.ask("/fhir/Patient/A", **headers)
        assert (answer.status, answer.body) == (304, b"")
    assert fresh.ask("/fhir/Patient/A", if_none_match='W/"2"').status == 200


def test_item_071_a_deleted_resource_is_gone_and_its_old_versions_are_not(fresh):
    assert fresh.ask("/fhir/Observation/a1", "DELETE").status == 204
    assert fresh.ask("/fhir/Observation/a1").status == 410
    assert fresh.ask("/fhir/Observation/never").status == 404
    assert fresh.ask("/fhir/Observation/a1/_history/3").status == 410
    assert fresh.ask("/fhir/Observation/a1/_history/2").status == 200
    assert fresh.ask("/fhir/Observation/a1/_history/1").status == 200


def test_item_072_deleting_again_or_what_never_was_succeeds(fresh):
    for _ in range(2):
        answer = fresh.ask("/fhir/Observation/a2", "DELETE")
        assert (answer.status, answer.body) == (204, b"")
    assert fresh.ask("/fhir/Observation/never", "DELETE").status == 204
    assert fresh.ask("/fhir/Observation/a2/_history").json["total"] == 2


def test_item_073_a_create_gives_out_id_version_and_time(fresh):
    given = patient(
        id="mine",
        meta={
            "versionId": "77",
            "lastUpdated": "1999-01-01T00:00:00Z",
            "tag": [{"code": "kept"}],
            "profile": ["http://p.example/x"],
        },
    )
    answer = create(fresh, given)
    assert answer.status == 201
    assert answer.json["id"] != "mine"
    assert answer["Location"].endswith(f"/Patient/{answer.json['id']}/_history/1")
    assert answer.json["meta"] == {
        "versionId": "1",
        "lastUpdated": "2026-11-24T11:00:01.5Z",
        "tag": [{"code": "kept"}],
        "profile": ["http://p.example/x"],
    }
    assert fresh.ask("/fhir/Patient/mine").status == 404


def test_item_074_an_update_has_the_id_and_type_of_its_address(fresh):
    assert send(fresh, "PUT", "Patient/A", patient()).status == 400
    assert send(fresh, "PUT", "Patient/A", patient(id="B")).status == 400
    assert send(fresh, "PUT", "Patient/A", {"resourceType": "Slot", "id": "A"}).status == 400
    assert send(fresh, "PUT", "Patient/not_an_id", patient(id="not_an_id")).status == 400
    created = send(fresh, "PUT", "Patient/chosen", patient(id="chosen"))
    assert (created.status, created["ETag"]) == (201, 'W/"1"')
    assert created["Location"].endswith("/Patient/chosen/_history/1")
    updated = send(fresh, "PUT", "Patient/chosen", patient("Другой", id="chosen"))
    assert (updated.status, updated["ETag"]) == (200, 'W/"2"')


def test_item_075_an_update_after_a_deletion_is_the_next_version(fresh):
    assert fresh.ask("/fhir/Observation/a3", "DELETE").status == 204
    again = fresh.ask("/fhir/Observation/a3/_history/1").json
    answer = send(fresh, "PUT", "Observation/a3", again)
    assert (answer.status, answer.json["meta"]["versionId"]) == (201, "3")
    assert fresh.ask("/fhir/Observation/a3").status == 200


def test_item_076_if_none_exist_creates_once(fresh):
    once = {"if_none_exist": "identifier=urn:mrn|76"}
    first = create(fresh, identified("76"), **once)
    second = create(fresh, identified("76", active=True), **once)
    assert (first.status, second.status) == (201, 200)
    assert first.json == second.json
    assert stored(fresh, "identifier=urn:mrn|76") == [first.json["id"]]
    create(fresh, identified("76"))
    third = create(fresh, identified("76"), **once)
    assert (third.status, third.outcome) == (412, "multiple-matches")
    assert len(stored(fresh, "identifier=urn:mrn|76")) == 2


def test_item_077_an_update_by_criteria_goes_by_what_they_find(fresh):
    path = "Patient?identifier=urn:mrn|77"
    none = send(fresh, "PUT", path, identified("77"))
    id_ = none.json["id"]
    assert none.status == 201
    assert send(fresh, "PUT", path, identified("77", active=True)).json["id"] == id_
    same = send(fresh, "PUT", path, identified("77", id=id_, active=False))
    assert (same.status, same["ETag"]) == (200, 'W/"3"')
    assert send(fresh, "PUT", path, identified("77", id="other")).status == 400
    chosen = send(fresh, "PUT", "Patient?identifier=urn:mrn|78", identified("78", id="seventy"))
    assert (chosen.status, chosen.json["id"]) == (201, "seventy")
    assert send(fresh, "PUT", "Patient?identifier=no", identified("x", id="A")).status == 409
    create(fresh, identified("77"))
    assert send(fresh, "PUT", path, identified("77")).status == 412


def test_item_078_criteria_may_be_chains_alone(fresh):
    """https://hl7.org/fhir/R4/http.html#cond-update: "standard FHIR search parameters"."""
    criteria = "_has:Observation:patient:_id=a1"
    again = create(fresh, if_none_exist=criteria)
    assert (again.status, again.json["id"]) == (200, "A")
    changed = send(fresh, "PUT", f"Patient?{criteria}", patient(active=True))
    assert (changed.status, changed.json["id"]) == (200, "A")
    assert create(fresh, if_none_exist="organization.name=nobody").status == 201


@pytest.mark.parametrize(
    "criteria",
    [
        "identifer=x",
        "identifier=,&name=x",
        "organization.name=,",
        "",
        "identifier=",
        "identifier=x&active=",
        "_count=1",
        "_sort=name",
        "name:=x",
        "_include=Patient:link&name=x",
    ],
)
@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST"])
def test_item_078_criteria_that_are_not_understood_choose_nothing(fresh, method, criteria):
    headers = {**(PATCH if method == "PATCH" else {}), "prefer": "handling=lenient"}
    path = "Patient" if method == "POST" else f"Patient?{criteria}"
    if method == "POST":
        headers["if_none_exist"] = criteria
    answer = send(fresh, method, path, [] if method == "PATCH" else patient(), **headers)
    assert answer.status == 400, answer.body
    assert set(stored(fresh, "")) == {"A", "B"}


def test_item_079_a_patch_is_tested_validated_and_keeps_the_id(fresh):
    def patched(*operations, **headers):
        return send(fresh, "PATCH", "Patient/A", list(operations), **PATCH, **headers)

    wrong = {"op": "test", "path": "/birthDate", "value": "1970-01-01"}
    change = {"op": "replace", "path": "/birthDate", "value": "1981-01-01"}
    assert patched(wrong, change).status == 422
    assert patched({"op": "replace", "path": "/id", "value": "B"}).status == 422
    invalid = patched({"op": "add", "path": "/gender", "value": "M"})
    assert (invalid.status, invalid.json["issue"][0]["expression"]) == (422, ["Patient.gender"])
    assert patched({"op": "jump", "path": "/id"}).status == 400
    assert patched(change, if_match='W/"9"').status == 412
    assert fresh.ask("/fhir/Patient/A")["ETag"] == 'W/"1"'
    good = patched(change, if_match='W/"1"')
    assert (good.status, good["ETag"], good.json["birthDate"]) == (200, 'W/"2"', "1981-01-01")
    assert send(fresh, "PATCH", "Patient/none", [], **PATCH).status == 404
    assert send(fresh, "PATCH", "Patient/A", patient(), content_type="text/plain").status == 415


def test_item_080_a_write_returns_what_is_preferred(fresh):
    whole = create(fresh)
    assert whole.json["resourceType"] == "Patient"
    assert create(fresh, prefer="return=representation").json["resourceType"] == "Patient"
    minimal = create(fresh, prefer="return=minimal")
    assert (minimal.status, minimal.body, minimal["Content-Type"]) == (201, b"", None)
    assert minimal["Location"]
    assert minimal["ETag"] == 'W/"1"'
    told = create(fresh, prefer="return=OperationOutcome")
    assert (told.status, told.outcome) == (201, "informational")
    gone = fresh.ask("/fhir/Observation/a4", "DELETE", prefer="return=OperationOutcome")
    assert (gone.status, gone.outcome) == (200, "informational")
    for method, path in [("PUT", "Patient/A"), ("PUT", "Patient/A")]:
        answer = send(fresh, method, path, patient(id="A"), prefer="return=minimal")
        assert (answer.status, answer.body, answer["ETag"]) == (200, b"", 'W/"2"')


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "application/fhir+json; charset=utf-8"}, 201),
        ({"content_type": "application/fhir+json; fhirVersion=4.0"}, 201),
        ({"content_type": "application/json"}, 201),
        ({"content_type": "application/fhir+json; fhirVersion=5.0"}, 415),
        ({"content_type": "application/fhir+json; charset=koi8-r"}, 415),
        ({"content_type": "application/fhir+xml"}, 415),
        ({"content_type": "text/plain"}, 415),
        ({"accept": "application/fhir+xml"}, 406),
        ({"accept": "application/fhir+json"}, 201),
    ],
)
def test_item_081_formats_that_are_not_served_are_refused(fresh, headers, status):
    assert create(fresh, **headers).status == status


def test_item_081_format_beats_accept(fresh):
    path = "/fhir/Patient/A?_format="
    for short in ["json", "application/json", "application/fhir%2Bjson"]:
        assert fresh.ask(path + short, accept="application/fhir+xml").status == 200
    for short in ["xml", "text/xml", "application/fhir%2Bxml"]:
        assert fresh.ask(path + short, accept="application/fhir+json").status == 406


def test_item_082_head_answers_like_get_and_pretty_indents(fresh):
    for path in ["Patient/A", "Patient/A/_history", "Patient/A/_history/1", "Patient?_id=A"]:
        got, head = fresh.ask(f"/fhir/{path}"), fresh.ask(f"/fhir/{path}", "HEAD")
        assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")
    shown = send(fresh, "PUT", "Patient/A?_pretty=true", patient(id="A"))
    assert shown.body.startswith(b"{\n")
    assert fresh.ask("/fhir/Patient/A/_history?_pretty=true").body.startswith(b"{\n")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "Patient", b"{", 400),
        ("POST", "Patient", b"[]", 400),
        ("POST", "Patient", b"", 400),
        ("POST", "Patient", b'{"resourceType":"Patient","gender":"M"}', 400),
        ("POST", "Patient", b'{"resourceType":"Patient","nome":"x"}', 400),
        ("POST", "Patient/A", b"{}", 405),
        ("POST", "AuditEvent", b"{}", 405),
        ("PUT", "Provenance/1", b"{}", 405),
        ("DELETE", "AuditEvent/1", b"", 405),
        ("POST", "Nothing", b"{}", 404),
        ("POST", "Patient", b"x" * 100_001, 413),
        ("PUT", "Patient/A", b"\xff", 400),
        ("PATCH", "Patient/A", b"", 415),
        ("GET", "Patient/A/_history?_since=never", b"", 400),
    ],
)
def test_item_083_every_refusal_is_an_outcome(fresh, method, path, body, status):
    answer = fresh.ask(f"/fhir/{path}", method, body=body)
    assert answer.status == status
    assert answer.outcome
    assert schema.check(answer.json) == ()


def test_item_084_history_is_newest_first_with_request_and_response(fresh):
    fresh.clock.now += 60_000_000
    fresh.ask("/fhir/Observation/a1", "DELETE")
    bundle = fresh.ask("/fhir/Observation/a1/_history").json
    assert schema.check(bundle) == ()
    assert (bundle["type"], bundle["total"]) == ("history", 3)
    deleted, second, first = bundle["entry"]
    assert "resource" not in deleted
    assert deleted["request"] == {"method": "DELETE", "url": "Observation/a1"}
    assert deleted["response"]["status"].startswith("204")
    assert second["request"] == {"method": "PUT", "url": "Observation/a1"}
    assert second["resource"]["meta"]["versionId"] == "2"
    assert second["response"]["etag"] == 'W/"2"'
    assert second["response"]["lastModified"] == second["resource"]["meta"]["lastUpdated"]
    assert first["response"]["status"].startswith("201")
    posted = create(fresh).json["id"]
    (entry,) = fresh.ask(f"/fhir/Patient/{posted}/_history").json["entry"]
    assert entry["request"] == {"method": "POST", "url": "Patient"}


def test_item_084_history_can_be_narrowed_and_paged(fresh):
    path = "/fhir/Observation/_history?_count=4"
    whole = fresh.ask("/fhir/Observation/_history?_count=1000").json
    seen = []
    while path is not None:
        page = fresh.ask(path)
        assert page.json["total"] == whole["total"] == len(whole["entry"])
        seen += page.json["entry"]
        path = page.link("next")
    assert seen == whole["entry"]
    late = fresh.ask("/fhir/Observation/_history?_since=2026-11-24T11:00:01Z").json
    assert {entry["response"]["lastModified"] for entry in late["entry"]} == {
        "2026-11-24T11:00:01.5Z"
    }
    early = fresh.ask("/fhir/Observation/_history?_at=2026-11-24T11:00:00Z").json
    assert {entry["response"]["lastModified"] for entry in early["entry"]} == {
        "2026-11-24T11:00:00Z"
    }
    types = {entry["request"]["url"].split("/")[0] for entry in everything(fresh)}
    assert {"Patient", "Observation", "Binary", "Slot"} <= types


def everything(clinic):
    return clinic.ask("/fhir/_history?_count=1000").json["entry"]


def test_item_085_one_base_everywhere_and_no_header_of_a_stranger_counts(fresh):
    strange = {"x_forwarded_host": "evil.example", "forwarded": "host=evil.example"}
    for answer in [
        create(fresh, **strange),
        fresh.ask("/fhir/Patient/A/_history?_count=1", **strange),
        fresh.ask("/fhir/Patient?_count=1", **strange),
    ]:
        assert b"evil" not in answer.body
        assert "evil" not in str(answer.headers)
        assert (answer["Location"] or "https://clinic.example/fhir/").startswith(
            "https://clinic.example/fhir/"
        )

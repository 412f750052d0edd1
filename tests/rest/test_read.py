from dataclasses import replace

import pytest

from fhirbridge.app import application


def test_a_read_returns_the_stored_bytes_with_version_and_date(clinic):
    answer = clinic.ask("/fhir/Observation/a1")
    assert answer.status == 200
    assert answer["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer["ETag"] == 'W/"2"'
    assert answer["Last-Modified"] == "Tue, 24 Nov 2026 11:00:01 GMT"
    assert answer["Content-Length"] == str(len(answer.body))
    assert answer.json["meta"] == {"versionId": "2", "lastUpdated": "2026-11-24T11:00:01.5Z"}
    assert b'"value":13.99' in answer.body


def test_decimals_keep_their_digits_also_when_indented(clinic):
    assert b'"value":13.20' in clinic.ask("/fhir/Observation/a2").body
    pretty = clinic.ask("/fhir/Observation/a2?_pretty=true").body
    assert b'"value": 13.20' in pretty
    assert pretty.count(b"\n") > 10


def test_nothing_may_keep_an_answer(clinic):
    for path in ["/fhir/Patient/A", "/fhir/Patient/zz", "/fhir/metadata", "/fhir/Nothing"]:
        answer = clinic.ask(path)
        assert answer["Cache-Control"] == "no-store, private"
        assert "Authorization" in answer["Vary"]


@pytest.mark.parametrize(
    ("base_url", "told"), [("https://x.example/fhir", True), ("http://x.example/fhir", False)]
)
def test_where_the_public_address_is_https_browsers_are_told_to_keep_to_it(clinic, base_url, told):
    app = application(replace(clinic.server, base_url=base_url))
    for path in ["/fhir/Patient/A", "/fhir/Nothing", "/fhir/Patient?_count=1", "/fhir/metadata"]:
        answer = replace(clinic, app=app).ask(path)
        assert ("Strict-Transport-Security" in dict(answer.headers)) is told


def test_unknown_foreign_and_withheld_are_one_answer(clinic):
    paths = [
        "/fhir/Observation/never-was",
        "/fhir/Observation/b1",
        "/fhir/Observation/gone-b",
        "/fhir/Observation/withheld",
        "/fhir/Observation/b1/_history/1",
        "/fhir/Observation/gone-b/_history/2",
        "/fhir/Observation/a1/_history/99",
        "/fhir/Patient/B",
        "/fhir/Binary/pdf-b",
        "/fhir/Observation/not_an_id",
        "/fhir/Observation/" + "x" * 65,
        "/fhir/Observation/%FF",
    ]
    answers = {clinic.ask(path, token="patient") for path in paths}
    assert len(answers) == 1
    (answer,) = answers
    assert answer.status == 404
    assert answer.outcome == "not-found"


@pytest.mark.parametrize("header", ["if_none_match", "if_modified_since"])
def test_a_condition_never_reveals_what_is_not_visible(clinic, header):
    plain = clinic.ask("/fhir/Observation/never-was", token="patient")
    value = {"if_none_match": "*", "if_modified_since": "Tue, 24 Nov 2036 11:00:00 GMT"}[header]
    for id_ in ["b1", "gone-b", "withheld"]:
        assert clinic.ask(f"/fhir/Observation/{id_}", token="patient", **{header: value}) == plain


def test_only_ones_own_deleted_is_gone(clinic):
    assert clinic.ask("/fhir/Observation/gone-a").outcome == "deleted"
    for token in ["system", "patient"]:
        assert clinic.ask("/fhir/Observation/gone-a", token=token).status == 410
    assert clinic.ask("/fhir/Observation/gone-a", token="other").status == 404


def test_a_known_version_is_not_sent_again(clinic):
    answer = clinic.ask("/fhir/Observation/a1", if_none_match='W/"2"')
    assert (answer.status, answer.body) == (304, b"")
    assert answer["ETag"] == 'W/"2"'
    assert answer["Content-Type"] is None
    assert clinic.ask("/fhir/Observation/a1", if_none_match='W/"1"').status == 200
    since = "Tue, 24 Nov 2026 11:00:01 GMT"
    assert clinic.ask("/fhir/Observation/a1", if_modified_since=since).status == 304


def test_a_patient_sees_the_public_side_of_a_slot_without_version_or_date(clinic):
    answer = clinic.ask("/fhir/Slot/nine", token="patient")
    assert answer.json["status"] == "busy"
    assert "versionId" not in answer.json.get("meta", {})
    assert answer["Last-Modified"] is None
    assert answer["ETag"].startswith('W/"')
    assert answer["ETag"] != 'W/"1"'
    assert (
        clinic.ask("/fhir/Slot/nine", token="patient", if_none_match=answer["ETag"]).status == 304
    )
    assert clinic.ask("/fhir/Slot/nine").json["status"] == "busy-tentative"


def test_head_is_get_without_its_body(clinic):
    for path in ["/fhir/Observation/a1", "/fhir/Observation?_count=2", "/fhir/metadata", "/fhir/x"]:
        got, head = clinic.ask(path), clinic.ask(path, "HEAD")
        assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("_format=json", 200),
        ("_format=application/fhir%2Bjson", 200),
        ("_format=application/fhir+json", 200),
        ("_format=xml", 406),
        ("_pretty=false", 200),
        ("_pretty=maybe", 400),
        ("_summary=false", 200),
        ("_summary=count", 400),
        ("_elements=id", 200),
        ("_elements=x", 400),
        ("_summary=true", 200),
        ("name=x", 400),
        ("name=", 200),
        ("x=%FF", 400),
        ("x=%00", 400),
        ("x=" + "y" * 20_000, 414),
    ],
)
def test_a_read_takes_no_parameters_but_those_of_style(clinic, query, status):
    answer = clinic.ask(f"/fhir/Patient/A?{query}")
    assert answer.status == status
    assert answer.json["resourceType"] == ("Patient" if status == 200 else "OperationOutcome")


def test_leniency_is_for_unknown_parameters_only(clinic):
    assert clinic.ask("/fhir/Patient/A?name=x", prefer="handling=lenient").status == 200
    assert clinic.ask("/fhir/Patient/A?_elements=x", prefer="handling=lenient").status == 400


def test_a_representation_that_is_not_served_is_said_before_data_is_looked_at(clinic):
    for id_ in ["A", "B", "none"]:
        answer = clinic.ask(f"/fhir/Patient/{id_}", token="patient", accept="application/fhir+xml")
        assert answer.status == 406
        assert answer.outcome == "not-supported"


def test_an_encoded_id_is_the_id(clinic):
    assert clinic.ask("/fhir/Patient/%41").json["id"] == "A"
    assert clinic.ask("/fhir/Patient/A/").json["id"] == "A"

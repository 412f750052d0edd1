"""Section 6.9 of the checklist: JSON, rights and operations, by the number of the item."""

import pytest
from rest_clinic import AGES, observation

from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir import json

JSON = {"content_type": "application/fhir+json"}
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


def put(clinic, path, body):
    text = body if isinstance(body, bytes) else json.dump(body)
    return clinic.ask(f"/fhir/{path}", "PUT", body=text, **JSON)


@pytest.mark.parametrize("digits", ["1.00", "1.0", "0.00000001", "1e-7", "1E3", "-0.0", "100"])
def test_item_094_a_decimal_keeps_its_digits(fresh, digits):
    written = put(fresh, "Observation/n", observation("n", "A", value=digits))
    assert written.status == 201
    for answer in [
        written,
        fresh.ask("/fhir/Observation/n"),
        fresh.ask("/fhir/Observation/n?_pretty=true"),
        fresh.ask("/fhir/Observation/n/_history/1"),
        fresh.ask("/fhir/Observation/n/_history"),
        fresh.ask("/fhir/Observation?_id=n"),
    ]:
        assert f'"value":{digits},'.encode() in answer.body.replace(b": ", b":")


def test_item_095_extensions_of_primitives_survive_and_nothing_ambiguous_is_taken(fresh):
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"given": ["a", None], "_given": [None, {"id": "second"}]}],
        "_birthDate": {"extension": [{"url": "http://x.example", "valueCode": "unknown"}]},
    }
    assert put(fresh, "Patient/p", patient).status == 201
    read = fresh.ask("/fhir/Patient/p").json
    assert {name: read[name] for name in patient} == patient
    for text in [
        b'{"resourceType":"Patient","id":"p","name":[]}',
        b'{"resourceType":"Patient","id":"p","name":[{}]}',
        b'{"resourceType":"Patient","id":"p","language":""}',
        b'{"resourceType":"Patient","id":"p","active":true,"active":false}',
        b'{"resourceType":"Patient","id":"p","name":[{"given":[null]}]}',
        b'{"resourceType":"Patient","id":"p","active":null}',
    ]:
        assert put(fresh, "Patient/p", text).status == 400, text
    assert fresh.ask("/fhir/Patient/p")["ETag"] == 'W/"1"'


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<p onclick="x()">a</p>',
        '<a href="javascript:x()">a</a>',
        "<form><input/></form>",
        '<link rel="stylesheet" href="http://x.example/a.css"/>',
        '<iframe src="http://x.example"></iframe>',
        "<p>not closed",
        "<!DOCTYPE x><p>a</p>",
    ],
)
def test_item_096_a_narrative_that_does_something_is_refused(fresh, inner):
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "text": {"status": "generated", "div": DIV.format(inner)},
    }
    answer = put(fresh, "Patient/p", patient)
    assert (answer.status, answer.json["issue"][0]["expression"]) == (400, ["Patient.text.div"])
    patient["text"]["div"] = DIV.format("<p>Анализ <b>готов</b></p>")
    assert put(fresh, "Patient/p", patient).status == 201


@pytest.mark.parametrize("type_", ["AuditEvent", "Provenance"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PUT", "/1"),
        ("PUT", "?_id=1"),
        ("PATCH", "/1"),
        ("PATCH", "?_id=1"),
        ("DELETE", "/1"),
        ("DELETE", "?_id=1"),
    ],
)
def test_item_100_what_tells_who_did_what_cannot_be_written(fresh, type_, method, path):
    wanted = Wanted("system/*.cruds", AGES)
    token = issue(wanted, fresh.server.store.tokens, fresh.clock())[0]
    answer = fresh.ask(f"/fhir/{type_}{path}", method, token=token, body=b"{}", **JSON)
    assert (answer.status, answer.outcome) == (405, "not-supported")
    assert "read-only" in answer.json["issue"][0]["diagnostics"]

"""What an attacker may try at the FHIR side: revoked tokens, injection, exhaustion.

The cases are listed in docs/security-cases.md.
"""

import gzip
import logging
import re
import socket
import time
from urllib.parse import quote

import pytest
from rest_clinic import AGES, BASE, a_clinic

from fhirbridge.auth.tokens import Wanted, issue, token_hash
from fhirbridge.fhir import json
from fhirbridge.resources.registry import definitions
from fhirbridge.rest.routes import routes

FHIR = "application/fhir+json"
SECOND = 1_000_000
# What a query of SQL, a shell, a template or a path would be led astray by.
POISON = [
    "' OR '1'='1",
    "x'; DROP TABLE resource; --",
    '") UNION SELECT body FROM resource --',
    "1) OR 1=1",
    "\\",
    "$$;SELECT 1;$$",
    "?",
    "%s %(x)s {0} {{7*7}} ${7*7}",
    "$(id) `id` | id",
    "../../etc/passwd",
    "a%00b",
    "\u202eb\ufeff\u2028",
]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A clinic that is attacked again and again."""
    found = a_clinic(f"sqlite:///{tmp_path_factory.mktemp('small')}/small.sqlite")
    yield found
    found.server.store.close()


@pytest.fixture
def both(opened, database_url):
    """A clinic on each kind of database."""
    return opened(database_url)


def post(clinic, path, body, method="POST", **headers):
    raw = body if isinstance(body, bytes) else json.dump(body)
    return clinic.ask(f"/fhir/{path}", method, body=raw, **{"CONTENT_TYPE": FHIR, **headers})


def outcome_of(answer):
    return answer.status, answer.outcome


# -------------------------------------------------------------------------------------- tokens


def test_t025_a_revoked_token_opens_no_route(opened, sqlite_url):
    small = opened(sqlite_url)
    wanted = Wanted("patient/*.cruds", AGES, patient="A")
    token, grant = issue(wanted, small.server.store.tokens, small.clock())
    page = small.ask("/fhir/Observation?_count=2", token=token)
    paths = list(every_path())
    assert len(paths) > 60
    for method, path in paths:
        assert small.ask(f"/fhir{path}", method, token=token).status != 401
    assert small.ask(page.link("next"), token=token).status == 200
    assert small.ask("/fhir/Binary/pdf", token=token).status == 200
    assert small.server.store.tokens.revoke(token_hash(token))
    small.clock.now += SECOND
    for method, path in [*paths, ("GET", page.link("next").removeprefix("/fhir"))]:
        answer = small.ask(f"/fhir{path}", method, token=token)
        assert answer.status == 401, (method, path)
    assert grant.expires > small.clock()


def every_path():
    """Yield method and path of every route that needs a token."""
    for route in routes(definitions()):
        path = re.sub(r"<\w+>", "1", route.path.replace("<id_>", "A"))
        if path != "/metadata":
            yield route.method, path


# ------------------------------------------------------------------------------------ injection


VALUES = [
    *(f"Patient?{name}=" for name in ("name", "identifier", "_id", "address", "language")),
    "Patient?general-practitioner=Practitioner/",
    *(f"Observation?{name}=" for name in ("value-quantity", "date", "code", "_sort")),
]


def test_i020_no_search_value_is_anything_but_a_value(both):
    before = both.ask("/fhir/Patient?_total=accurate").json["total"]
    for query in VALUES:
        for text in POISON:
            answer = both.ask(f"/fhir/{query}{quote(text)}")
            assert answer.status in {200, 400}, (query, text)
            assert answer.status == 400 or answer.ids == []
    assert both.ask("/fhir/Patient?_total=accurate").json["total"] == before


def test_i021_no_character_of_a_name_is_a_wildcard(both):
    for text in ("И%нов", "И_анов", "И*нов", "%И%нов%", "^И.*в$", "И[в]анов", "И%25нов"):
        for modifier in ("", ":contains", ":exact"):
            assert both.ask(f"/fhir/Patient?family{modifier}={quote(text)}").ids == []
    assert both.ask(f"/fhir/Patient?family={quote('Иван')}").ids == ["A"]


@pytest.mark.parametrize("text", [*POISON, "..", ".", "%2e%2e", "a/../../b", "-", "x" * 65])
def test_i023_an_id_is_an_id_and_never_a_path(small, text):
    for path in ("Patient/{}", "Binary/{}", "Patient/{}/_history", "Patient/A/_history/{}"):
        answer = small.ask("/fhir/" + path.format(quote(text, safe="")))
        assert answer.status in {400, 404}
        assert answer.outcome in {"not-found", "invalid"}


HOSTS = ["evil.example/x?", "a b", "a\r\nX: y", "a@b", "<b>", "[::1", "x" * 300]


def test_i022_no_host_header_writes_our_links(small, opened, tmp_path):
    unset = opened(f"sqlite:///{tmp_path}/any.sqlite")
    object.__setattr__(unset.server, "base_url", "")
    for host in HOSTS:
        answer = unset.ask("/fhir/Patient", HOST=host)
        assert outcome_of(answer) == (400, "invalid")
        assert not any(host in value for _, value in answer.headers)
        fixed = small.ask("/fhir/Patient", HOST=host)
        assert fixed.status == 200
        assert fixed.json["link"][0]["url"].startswith(f"{BASE}/")


@pytest.mark.parametrize(
    "kind",
    ["text/html", "application/xml", "text/xml", "multipart/form-data; boundary=x", "text/plain",
     "application/x-www-form-urlencoded", "application/fhir+json; charset=utf-16"],
)  # fmt: skip
def test_i024_a_body_of_another_kind_is_not_read_as_json(small, kind):
    answer = post(small, "Patient", {"resourceType": "Patient"}, CONTENT_TYPE=kind)
    assert answer.status == 415
    assert answer.outcome == "not-supported"


def test_i028_no_entity_of_xml_is_ever_opened(small):
    text = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient>&x;</Patient>'
    for kind in ("application/fhir+xml", "application/xml", FHIR):
        answer = post(small, "Patient", text, CONTENT_TYPE=kind)
        assert answer.status in {400, 415}
        assert b"root:" not in answer.body


@pytest.mark.parametrize(
    "reference", ["Patient?identifier=urn:x|1", "Patient?_id=B", "Practitioner?name=x"]
)
def test_i025_no_reference_of_a_posted_resource_is_a_search(small, reference):
    body = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": reference},
    }
    answer = post(small, "Observation", body)
    assert answer.status in {400, 422}


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "add", "path": "/__proto__/x", "value": 1}],
        [{"op": "add", "path": "/constructor/prototype/x", "value": 1}],
        [{"op": "copy", "from": "/../../B", "path": "/name"}],
        [{"op": "replace", "path": "/id", "value": "B"}],
        [{"op": "replace", "path": "/resourceType", "value": "Practitioner"}],
        [{"op": "add", "path": "/name/999999999", "value": {}}],
        [{"op": "exec", "path": "/name", "value": "x"}],
        [{"op": "copy", "from": "", "path": "/contained"}] * 20,
    ],
)
def test_i026_a_patch_stays_within_its_resource(small, operations):
    before = small.ask("/fhir/Patient/A").body
    kind = "application/json-patch+json"
    answer = post(small, "Patient/A", operations, "PATCH", CONTENT_TYPE=kind)
    assert answer.status in {400, 422}
    assert small.ask("/fhir/Patient/A").body == before
    assert small.ask("/fhir/Patient/B").status == 200


@pytest.mark.parametrize(
    "path",
    ["Patient.name.where(true)", "Patient.descendants()", "%resource.id", "Patient.id | 'x'",
     "Patient.name[0].trace('x')", "(" * 500, "Patient" + ".name" * 500],
)  # fmt: skip
def test_i027_an_expression_of_a_patch_runs_nothing(small, path):
    part = [
        {"name": "type", "valueCode": "delete"},
        {"name": "path", "valueString": path},
    ]
    body = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}
    answer = post(small, "Patient/A", body, "PATCH")
    assert answer.status in {400, 422}


def test_i029_no_format_makes_an_answer_a_page(small):
    text = "<script>alert(1)</script>"
    for form in ("html", "text/html", "xhtml", quote(text)):
        answer = small.ask(f"/fhir/Patient?_format={form}")
        assert answer.status == 406
    for path in (f"/fhir/Patient?{quote(text)}=1", f"/fhir/{quote(text)}", f"/{quote(text)}"):
        answer = small.ask(path)
        assert answer["Content-Type"] == f"{FHIR}; charset=utf-8"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_i030_no_line_of_the_log_can_be_forged(small, caplog):
    caplog.set_level(logging.DEBUG)
    forged = "x\n2026-11-24 CRITICAL all is well\r\n\x1b[2J"
    for path in (
        f"/fhir/Patient/{quote(forged)}",
        f"/fhir/Patient?{quote(forged)}={quote(forged)}",
    ):
        small.ask(path, X_REQUEST_ID=forged, USER_AGENT=forged)
        small.ask(path, token=forged)
    assert not [one for one in caplog.records if "all is well" in one.getMessage()]


@pytest.mark.parametrize("name", ["X_HTTP_METHOD_OVERRIDE", "X_METHOD_OVERRIDE", "X_HTTP_METHOD"])
def test_i031_no_header_changes_the_method(small, name):
    assert small.ask("/fhir/Patient/A", **{name: "DELETE"}).status == 200
    assert small.ask("/fhir/Patient/A").status == 200


@pytest.mark.parametrize("method", ["get", "post", "Put", "delete", "head", "options", "pATCH"])
def test_i036_a_method_in_other_letters_is_no_method(small, method):
    for path in ("/fhir/Patient/A", "/fhir/Observation", "/fhir"):
        answer = small.ask(path, method, body=b"{}", content_type=FHIR)
        assert (answer.status, answer.outcome) == (405, "not-supported")
        assert small.ask(path, method, token=None).status == 401
    assert small.ask("/fhir/Patient/A").status == 200


@pytest.mark.parametrize(
    "name", ["X_PATIENT", "X_USER", "X_FORWARDED_USER", "REMOTE_USER", "X_ORIGINAL_URL", "PATIENT"]
)
def test_i032_no_header_says_who_asks_or_for_whom(small, name):
    given = {name: "B"}
    assert small.ask("/fhir/Patient/B", token="patient", **given).status == 404
    assert small.ask("/fhir/Patient?patient=B", token="patient", **given).status == 400
    assert small.ask("/fhir/Patient/A", token=None, **given).status == 401


def test_i033_a_client_does_not_write_what_is_the_servers(small):
    meta = {"versionId": "777", "lastUpdated": "1970-01-01T00:00:00Z"}
    made = post(small, "Patient", {"resourceType": "Patient", "id": "chosen", "meta": meta})
    assert made.status == 201
    told = small.ask(made["Location"].removeprefix("https://clinic.example")).json
    assert told["id"] != "chosen"
    assert told["meta"]["versionId"] == "1"
    assert told["meta"]["lastUpdated"].startswith("2026-")


@pytest.mark.parametrize("path", ["//fhir/Patient", "/fhir//Patient", "/FHIR/Patient",
                                  "/fhir/patient/B", "/fhir/./Patient", "/fhir/Patient/B/",
                                  "/fhir/x/../Patient/B", "/fhir;x/Patient"])  # fmt: skip
def test_i034_no_other_spelling_of_an_address_leads_past_the_guard(small, path):
    for token in (None, "patient"):
        answer = small.ask(path, token=token)
        assert answer.status in {401, 404}
        assert b"birthDate" not in answer.body


def test_s015_what_an_attachment_leads_to_is_never_fetched(small):
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.2)
        url = f"http://127.0.0.1:{inside.getsockname()[1]}/secret"
        body = {
            "resourceType": "DocumentReference",
            "id": "led",
            "status": "current",
            "subject": {"reference": "Patient/A"},
            "content": [{"attachment": {"url": url, "contentType": "application/pdf"}}],
        }
        assert post(small, "DocumentReference/led", body, "PUT").status == 201
        for path in (
            "DocumentReference/led",
            "DocumentReference?_include=*",
            "Patient/A/$everything",
        ):
            seen = small.ask(f"/fhir/{path}", token="patient")
            assert seen.status == 200
            assert url.encode() not in seen.body
        assert small.ask(f"/fhir/Binary/{quote(url, safe='')}").status in {400, 404}
        with pytest.raises(TimeoutError):
            inside.accept()


# ----------------------------------------------------------------------------------- exhaustion


def within(seconds, ask):
    """Return what `ask` returns, which must not take long."""
    begun = time.process_time()
    answer = ask()
    assert time.process_time() - begun < seconds
    return answer


@pytest.mark.parametrize(
    "query",
    ["Observation?date=" + "2026-" * 3000, "Observation?value-quantity=" + "1" * 15_000,
     "Observation?value-quantity=1e" + "9" * 5000, "Observation?value-quantity=1e999999999",
     "Observation?code=" + "|" * 15_000, "Observation?code=" + "\\" * 15_000,
     "Patient?name=" + "a" * 15_000, "Patient?name=" + quote("й" * 2000),
     "Patient?birthdate=" + "ge" * 7000, "ValueSet?url:below=" + "a/" * 7000,
     "Observation?subject:Patient." + "link." * 3000 + "name=x",
     "Patient?" + "_has:Observation:subject:" * 500 + "code=x",
     "Patient?_elements=" + "a." * 7000, "Patient?_sort=" + "name," * 3000,
     "Observation?code:in=" + "x" * 15_000, "Patient?_include=" + "Patient:" * 1800],
)  # fmt: skip
def test_x018_no_value_keeps_the_server_busy(small, query):
    answer = within(2.0, lambda: small.ask(f"/fhir/{query}"))
    assert answer.status in {200, 400, 414}


@pytest.mark.parametrize(
    "text",
    ["1e400", "1e999999999", "-1e-999999999", "9" * 5000, "0." + "0" * 5000 + "1", "NaN",
     "Infinity", "01", "1.", "0x10"],
)  # fmt: skip
def test_x021_no_number_is_too_much_to_store(small, text):
    body = (
        '{"resourceType":"Observation","id":"n","status":"final","code":{"text":"x"},'
        f'"valueQuantity":{{"value":{text}}}}}'
    ).encode()
    answer = within(2.0, lambda: post(small, "Observation/n", body, "PUT"))
    assert answer.status in {200, 201, 400, 422}


def test_x014_a_compressed_body_is_not_unpacked(small):
    bomb = gzip.compress(b" " * 10_000_000 + b'{"resourceType":"Patient"}')
    answer = within(2.0, lambda: post(small, "Patient", bomb, CONTENT_ENCODING="gzip"))
    assert answer.status in {400, 415}


@pytest.mark.parametrize("size", [513, 10_000, 60_000])
def test_x015_a_huge_token_is_refused_at_once(small, size):
    answer = within(1.0, lambda: small.ask("/fhir/Patient", token="a" * size))
    assert outcome_of(answer) == (401, "login")


@pytest.mark.parametrize(
    "body",
    [b"[" * 90_000, b'{"a":' * 15_000, b'"' + b"\\u0000" * 15_000 + b'"', b"[" + b"1," * 45_000,
     b'{"resourceType":"Bundle","type":"batch","entry":[' + b"{}," * 30_000 + b"{}]}",
     b'{"resourceType":"Patient","name":[' + b'{"given":["a"]},' * 5000 + b"{}]}",
     b'{"resourceType":"Patient","contained":[' + b'{"resourceType":"Patient"},' * 3000 + b"{}]}"],
)  # fmt: skip
def test_x022_no_shape_of_json_keeps_the_server_busy(small, body):
    for path in ("Patient", "", "Patient/$validate"):
        answer = within(4.0, lambda: post(small, path.rstrip("/"), body))  # noqa: B023
        assert answer.status in {200, 400, 413, 422}

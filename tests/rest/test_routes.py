"""Who is asked what, in which order, and that every refusal is an OperationOutcome."""

import re

import pytest
from flask import Flask

from fhirbridge.fhir import schema
from fhirbridge.fhir.json import dump
from fhirbridge.resources.registry import definitions
from fhirbridge.rest.exchange import BASE
from fhirbridge.rest.flask import bind
from fhirbridge.rest.routes import routes

LOGIN = 'Bearer realm="fhirbridge"'
# Where the path of a rule names its type: one of these.
TYPES = re.compile(r"<any\(([\w,]+)\):type_>")
INVALID = f'{LOGIN}, error="invalid_token", error_description="The token is not valid"'


@pytest.mark.parametrize(
    "path",
    ["/fhir/Patient/A", "/fhir/Patient", "/fhir/Nothing", "/fhir", "/fhir/", "/fhir/Patient/A/x/y"],
)
@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "odd"]
)
def test_o103_without_a_token_everything_below_the_base_wants_one(clinic, path, method):
    answer = clinic.ask(path, method, token=None)
    assert answer.status == 401
    assert answer["WWW-Authenticate"] == LOGIN
    assert method == "HEAD" or answer.outcome == "login"


@pytest.fixture
def rules(clinic):
    app = Flask("rules", static_folder=None)
    bind(app, clinic.server)
    return app.url_map


def paths_of(rule):
    types = TYPES.search(rule)
    named = [TYPES.sub(type_, rule) for type_ in types[1].split(",")] if types else [rule]
    return [re.sub(r"<\w+>", "1", path) for path in named]


def test_o103_every_rule_of_the_framework_asks_for_a_token_but_the_open_ones(clinic, rules):
    asked = {
        (method, path)
        for rule in rules.iter_rules()
        for path in paths_of(rule.rule)
        for method in rule.methods - {"OPTIONS"}
    }
    assert len(asked) > len(list(routes(definitions())))
    open_ = {one for one in asked if clinic.ask(one[1], one[0], token=None).status != 401}
    paths = ["/fhir/metadata", "/health/live", "/health/ready"]
    assert open_ == {(method, path) for method in ["GET", "HEAD"] for path in paths}


def test_every_route_is_found_by_its_own_path(rules):
    at = rules.bind("localhost")
    for route in routes(definitions()):
        path = BASE + route.path.replace("<id_>", "1").replace("<version>", "2")
        rule, found = at.match(path, route.method, return_rule=True)
        assert TYPES.sub(found.get("type_", ""), rule.rule) == BASE + route.path
        assert path == BASE + route.path.replace("<id_>", found.get("id_", "")).replace(
            "<version>", found.get("version", "")
        )


@pytest.mark.parametrize("token", ["expired", "never-issued", "é", "a b", ""])
def test_a_token_that_is_not_good_is_told_so_in_one_way(clinic, token):
    answer = clinic.ask("/fhir/Patient/A", token=token)
    assert answer.status == 401
    assert answer["WWW-Authenticate"] == INVALID
    assert answer.outcome == "login"


@pytest.mark.parametrize("header", ["Basic YTpi", "bearer", "Bearer", "Token x"])
def test_another_kind_of_credentials_is_not_a_token(clinic, header):
    answer = clinic.ask("/fhir/Patient/A", token=None, authorization=header)
    assert (answer.status, answer["WWW-Authenticate"]) == (401, INVALID)


def test_t024_a_token_in_the_address_or_form_is_refused(clinic):
    token = clinic.tokens["system"]
    form = {"content_type": "application/x-www-form-urlencoded"}
    for answer in [
        clinic.ask(f"/fhir/Patient?access_token={token}", token=None),
        clinic.ask(f"/fhir/Patient?_id=A&access_token={token}"),
        clinic.ask(f"/fhir/Patient?_id=A&access%5Ftoken={token}"),
        clinic.ask(f"/fhir/Patient?%61ccess_token={token}", token=None),
        clinic.ask(
            "/fhir/Patient/_search",
            "POST",
            token=None,
            body=f"access_token={token}".encode(),
            **form,
        ),
        clinic.ask("/fhir/Patient", token=None, authorization="Bearer a,Bearer b"),
    ]:
        assert answer.status == 400
        assert answer["WWW-Authenticate"] == f'{LOGIN}, error="invalid_request"'
        assert answer.outcome == "invalid"


def test_a_text_that_speaks_of_tokens_is_no_token(clinic):
    asked = "/fhir/Patient?identifier=urn:x|a%26access_token%3D1"
    assert clinic.ask(asked).status == 200
    note = {"resourceType": "Observation", "note": [{"text": "see ?a=b&access_token=c"}]}
    form = {"content_type": "application/fhir+json"}
    answer = clinic.ask("/fhir/Observation/$validate", "POST", body=dump(note), **form)
    assert answer.status == 200


def test_the_order_is_token_route_scope_parameters_data(clinic):
    bad = "junk=1&_format=xml"
    assert clinic.ask(f"/fhir/Nothing?{bad}", token=None).status == 401
    assert clinic.ask(f"/fhir/Nothing?{bad}", token="narrow").status == 404
    assert clinic.ask(f"/fhir/Observation?{bad}", token="narrow").status == 403
    assert clinic.ask(f"/fhir/Observation/b1?{bad}", token="narrow").status == 403
    assert clinic.ask(f"/fhir/Observation?{bad}", token="patient").status == 406
    assert clinic.ask("/fhir/Observation/b1?junk=1", token="patient").status == 400
    assert clinic.ask("/fhir/Observation/b1", token="patient").status == 404


def test_a_scope_that_does_not_cover_says_which_one_would(clinic):
    answer = clinic.ask("/fhir/Observation/none", token="narrow")
    assert answer.status == 403
    assert answer.outcome == "forbidden"
    assert 'error="insufficient_scope", scope="patient/Observation.r"' in answer["WWW-Authenticate"]
    assert clinic.ask("/fhir/Patient", token="reader").status == 403


@pytest.mark.parametrize("type_", sorted(definitions()))
def test_a_declared_interaction_is_there_and_no_other(clinic, type_):
    declared = definitions()[type_].interactions
    assert clinic.ask(f"/fhir/{type_}/none").status == (404 if "read" in declared else 405)
    assert clinic.ask(f"/fhir/{type_}").status == (200 if "search-type" in declared else 405)
    for interaction, method, path in [
        ("create", "POST", ""),
        ("update", "PUT", "/none"),
        ("patch", "PATCH", "/none"),
        ("delete", "DELETE", "/none"),
    ]:
        answer = clinic.ask(f"/fhir/{type_}{path}", method, body=b"{", accept="text/plain")
        assert answer.status == (406 if interaction in declared else 405)
        assert answer.outcome == "not-supported"
    assert clinic.ask(f"/fhir/{type_}/none", "POST").status == 405


@pytest.mark.parametrize("type_", ["AuditEvent", "Provenance"])
def test_a_type_that_is_read_only_says_so(clinic, type_):
    answer = clinic.ask(f"/fhir/{type_}", "POST", body=b"{}")
    assert answer.status == 405
    assert f"{type_} is written by this server itself" in answer.json["issue"][0]["diagnostics"]
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_a_refused_method_is_told_the_allowed_ones(clinic):
    allowed = "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
    assert clinic.ask("/fhir/Patient/A", "POST")["Allow"] == allowed
    assert clinic.ask("/fhir/AuditEvent", "PUT")["Allow"] == "GET, HEAD, OPTIONS"
    assert clinic.ask("/fhir/Patient/_search", "PUT").status == 400
    assert clinic.ask("/fhir/Patient/_search", "DELETE").status == 404
    assert clinic.ask("/fhir/Patient", "odd").status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/patient",
        "/fhir/PATIENT/A",
        "/FHIR/Patient/A",
        "/fhir//Patient/A",
        "//fhir/Patient/A",
        "/fhir/Patient//A",
        "/fhir/Patient/A//",
        "/fhir/Patient/A/_history/1/x",
        "/fhir/Patient/A/Slot",
        "/fhir/Practitioner/doctor/Slot",
        "/fhir/Patient/$nothing",
        "/fhir/Patient/A/%2e%2e/B",
        "/fhir/./Patient",
        "/fhir/Patient;x=1/A",
        "/fhir/Bundle/1",
        "/fhir/Encounter",
        "/fhir/metadata/x",
        "/fhir/%00",
        "/fhir/Patient/%00",
        "/fhir/Patient/%0d%0aSet-Cookie:x",
        "/fhir/%D0%9F%D0%B0%D1%86%D0%B8%D0%B5%D0%BD%D1%82",
        "/fhir/%FF%FE",
        "/fhir/Patient/" + "a" * 100_000,
        "/fhir/" + "a/" * 10_000,
        "/",
        "",
        "/other",
        "/favicon.ico",
        "/fhirx/Patient",
    ],
)
def test_a_path_that_is_not_there_is_not_found(clinic, path):
    answer = clinic.ask(path)
    assert answer.status == 404
    assert answer.outcome == "not-found"
    assert answer["Location"] is None


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "é\xff;q=1"},
        {"accept_charset": "\xd0\xb9"},
        {"prefer": "\xff"},
        {"if_none_match": "\xd0\xb9"},
        {"if_modified_since": "вчера".encode().decode("latin-1")},
        {"x_request_id": "\xd0\xb9"},
        {"cookie": "\xff=\xff"},
        {"content_type": "\xff"},
        {"content_length": "x"},
        {"content_length": "-1"},
        {"host": "\xff.example"},
        {"x_forwarded_host": "evil.example"},
        {"authorization": "Bearer \xd0\xb9"},
        {"transfer_encoding": "chunked"},
        {"range": "bytes=0-1"},
    ],
)
@pytest.mark.parametrize("path", ["/fhir/Patient/A", "/fhir/Patient?_id=A", "/fhir/metadata"])
def test_i006_odd_headers_never_break_anything(clinic, path, headers):
    answer = clinic.ask(path, **headers)
    assert answer.status < 500
    assert answer.json["resourceType"]
    assert b"evil" not in answer.body


def test_x001_a_body_past_the_limit_is_refused_before_anything_else(clinic):
    for path in ["/fhir/Patient/_search", "/fhir/Patient", "/fhir/Nothing", "/elsewhere"]:
        answer = clinic.ask(path, "POST", token=None, body=b"x" * 100_001)
        assert answer.status == 413
        assert answer.outcome == "too-long"


def test_an_app_of_any_origin_may_ask(clinic):
    for path in ["/fhir/Patient/A", "/fhir/Nothing", "/fhir", "/elsewhere"]:
        answer = clinic.ask(
            path,
            "OPTIONS",
            token=None,
            origin="https://app.example",
            access_control_request_method="GET",
            access_control_request_headers="authorization",
        )
        assert (answer.status, answer.body) == (204, b"")
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in answer["Access-Control-Allow-Headers"]
        assert "GET" in answer["Access-Control-Allow-Methods"]
    shown = clinic.ask("/fhir/Patient/A", origin="https://app.example")
    assert shown["Access-Control-Allow-Origin"] == "*"
    for name in ["ETag", "Location", "Content-Location", "Last-Modified"]:
        assert name in shown["Access-Control-Expose-Headers"]
    assert clinic.ask("/fhir/Patient/A", token=None)["Access-Control-Allow-Origin"] == "*"


def test_i007_a_request_number_comes_back_when_it_is_harmless(clinic):
    assert clinic.ask("/fhir/Patient/A", x_request_id="abc-1")["X-Request-Id"] == "abc-1"
    assert clinic.ask("/fhir/Patient/A", x_request_id="a\r\nb")["X-Request-Id"] is None


def test_health_is_open(clinic):
    assert clinic.ask("/health/live", token=None).json == {"status": "live"}
    ready = clinic.ask("/health/ready", token=None)
    assert ready.status == 200
    assert ready.json["status"] == "ready"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/fhir/Patient/A", {}),
        ("/fhir/Patient/none", {}),
        ("/fhir/Observation/gone-a", {}),
        ("/fhir/Nothing", {}),
        ("/fhir/Patient/A", {"accept": "text/plain"}),
        ("/fhir/Patient?_id=none", {}),
        ("/fhir/Observation?_count=2&_total=accurate", {}),
        ("/fhir/Observation?_count=0", {}),
        ("/fhir/Observation?_count=1&junk=1", {"prefer": "handling=lenient"}),
        ("/fhir/Observation?date=never", {}),
        ("/fhir/Patient", {"authorization": "Bearer x"}),
    ],
)
def test_every_answer_is_a_valid_resource(clinic, path, headers):
    assert schema.check(clinic.ask(path, **headers).json) == ()

"""Whatever is sent, the answer is one of those the specification knows; never an error of ours."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from smart_server import CALLBACK, QUICK, SCOPES, Clock, application, opened, running

from fhirbridge.auth.smart.secret import digest

NAMES = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "aud", "resource", "launch",
    "code_challenge", "code_challenge_method", "prompt", "nonce", "max_age", "grant_type", "code",
    "code_verifier", "refresh_token", "token", "client_secret", "client_assertion", "patient",
    "client_assertion_type", "request", "csrf", "name", "password", "decision", "grant", "lang",
    "ui_locales", "app", "user", "encounter", "intent",
)  # fmt: skip
REGISTERED = (
    "redirect_uris", "client_name", "scope", "grant_types", "response_types", "jwks", "jwks_uri",
    "token_endpoint_auth_method", "client_uri", "logo_uri", "contacts", "tos_uri", "policy_uri",
    "software_id", "software_version", "software_statement",
)  # fmt: skip
LIKELY = (
    "code", "app", CALLBACK, SCOPES, "S256", "plain", "x" * 43, "authorization_code", "none",
    "refresh_token", "client_credentials", "allow", "en", "0", "-1", "99999999999999999999",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "a.b.c", "Patient/a",
    "private_key_jwt", "https://app.example/keys", "keys", "kty", "oct",
)  # fmt: skip
values = st.one_of(st.sampled_from(LIKELY), st.text(max_size=50))
forms = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=14)
headers = st.one_of(
    st.none(),
    st.sampled_from(["Basic YXBwOng=", "Bearer x", "Bearer", "Basic", "Digest x", ""]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
PATHS = (
    "authorize", "consent", "login", "join", "logout", "manage", "token", "introspect", "revoke",
    "launch", "jwks.json", "external/x", "external/x/callback", "register", "style.css", "no/such",
)  # fmt: skip
DOCUMENTS = (
    "/fhir/.well-known/smart-configuration", "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
FINE = {200, 204, 303, 400, 401, 403, 404, 405, 413, 415, 429}
REGISTRATION = "r" * 32


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "x.sqlite"
    with (
        opened(f"sqlite:///{path}") as database,
        running(database, Clock(), registration_token=digest(REGISTRATION)) as world,
    ):
        world.person()
        world.client(id="app", secret=QUICK.hashed("x"), scopes=f"{SCOPES} __launch __introspect")
        with application(world.parts).test_client() as found:
            yield found


# What anybody may put into a registration, with the right token.
metadata = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(LIKELY),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(REGISTERED) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@seed(20261124)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PATHS), forms, headers, st.booleans())
def test_i004_no_parameters_break_the_server(client, path, form, header, is_post):
    sent = {"Authorization": header} if header is not None else {}
    fields = {}
    for name, value in form:
        fields.setdefault(name, []).append(value)
    if is_post:
        answer = client.post(f"/auth/{path}", data=fields, headers=sent)
    else:
        answer = client.get(f"/auth/{path}", query_string=fields, headers=sent)
    assert answer.status_code in FINE
    assert "Traceback" not in answer.text


@seed(20261124)
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(METHODS), st.sampled_from(PATHS), headers, st.text(max_size=40))
def test_no_method_breaks_the_server(client, method, path, header, query):
    sent = {"Authorization": header} if header is not None else {}
    where = f"/auth/{path}?{quote(query)}"
    answer = client.open(where, method=method, headers=sent, data=query.encode())
    assert answer.status_code in FINE
    assert "Traceback" not in answer.text
    document = client.open(DOCUMENTS[len(query) % 3], method=method, headers=sent)
    assert document.status_code in FINE


@seed(20261124)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(REGISTERED), metadata, max_size=8) | metadata)
def test_no_registration_breaks_the_server(client, fields):
    sent = {"Authorization": f"Bearer {REGISTRATION}"}
    answer = client.post("/auth/register", json=fields, headers=sent)
    assert answer.status_code in FINE | {201}
    assert "Traceback" not in answer.text


@seed(20261124)
@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PATHS), st.binary(max_size=300), st.booleans())
def test_i004_no_bytes_break_the_server(client, path, body, is_form):
    kind = "application/x-www-form-urlencoded" if is_form else "application/octet-stream"
    answer = client.post(f"/auth/{path}", data=body, content_type=kind)
    assert answer.status_code in FINE

"""Apps that register themselves, where the clinic lets them."""

import json

import pytest
from smart_server import RSA, Clock, granted, key_set, running

from fhirbridge.auth.smart.redirect_uri import is_redirect_uri, origin
from fhirbridge.auth.smart.secret import digest

TOKEN = "initial-access-token"
APP = {"client_name": "Diary", "redirect_uris": ["https://app.example/callback"]}


@pytest.fixture
def open_world(world):
    with running(world.database, Clock(), registration_token=digest(TOKEN)) as found:
        yield found


def register(world, told, token=TOKEN):
    header = {"Authorization": f"Bearer {token}"}
    body = told if isinstance(told, bytes) else json.dumps(told)
    return world.http.post(f"{world.url}/auth/register", content=body, headers=header)


def test_o076_it_is_off_by_default_and_not_announced(world):
    assert register(world, APP).status_code == 404
    document = world.http.get(f"{world.url}/fhir/.well-known/smart-configuration").json()
    assert "registration_endpoint" not in document


def test_o078_where_it_is_on_it_is_announced_and_gives_reading_scopes_at_most(open_world):
    url = f"{open_world.url}/fhir/.well-known/smart-configuration"
    document = open_world.http.get(url).json()
    assert document["registration_endpoint"] == f"{open_world.url}/auth/register"
    wish = {"scope": "patient/*.cruds user/*.rs system/*.rs __introspect __launch openid"}
    public = {"token_endpoint_auth_method": "none"}
    answer = register(open_world, APP | wish | public)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert "client_secret" not in told
    assert set(told["scope"].split()) == {"openid", "patient/*.rs"}
    client = open_world.tables.clients.find(told["client_id"])
    assert granted(open_world, client, "openid patient/*.rs")["patient"] == "a"


def test_a_secret_is_shown_once_and_only_its_hash_kept(open_world):
    told = register(open_world, APP).json()
    client = open_world.tables.clients.find(told["client_id"])
    assert told["client_secret"] not in str(client)
    assert open_world.parts.passwords.match(told["client_secret"], client.secret)
    assert told["client_secret_expires_at"] == 0


def test_o098_keys_are_taken_if_they_are_public(open_world):
    method = APP | {"token_endpoint_auth_method": "private_key_jwt"}
    url = {"jwks_uri": "https://app.example/jwks.json"}
    for keys in ({"jwks": key_set(RSA)}, url):
        answer = register(open_world, method | keys)
        assert answer.status_code == 201
        assert keys.items() <= answer.json().items()
    for wrong in (
        {},
        {"jwks": key_set(RSA)} | url,
        {"jwks": {"keys": [RSA.as_dict(private=True)]}},
        {"jwks": {"keys": []}},
        {"jwks_uri": "https://127.0.0.1/"},
        {"jwks_uri": "http://app.example/"},
        {"jwks_uri": 5},
    ):
        answer = register(open_world, method | wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_o077_without_the_initial_token_nobody_registers(open_world):
    assert register(open_world, APP, "guess").status_code == 401
    answer = open_world.http.post(f"{open_world.url}/auth/register", json=APP)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "told",
    [
        b"x",
        b"[]",
        b'{"a":1,"a":2}',
        APP | {"token_endpoint_auth_method": "tls_client_auth"},
        APP | {"client_name": 5},
        APP | {"client_name": "a\u0007b"},
        APP | {"scope": ["x"]},
        {"client_name": "Diary"},
        APP | {"redirect_uris": []},
        APP | {"redirect_uris": ["http://app.example/"]},
        APP | {"redirect_uris": [5]},
        APP | {"redirect_uris": ["https://a.example/"] * 11},
    ],
)
def test_o097_what_cannot_be_registered_is_said_to_be_so(open_world, told):
    answer = register(open_world, told)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


@pytest.mark.parametrize(
    ("uri", "policy"),
    [
        ("https://app.example/callback?x=1", "https://app.example"),
        ("https://app.example:8443/", "https://app.example:8443"),
        ("http://127.0.0.1:3000/cb", "http://127.0.0.1:3000"),
        ("http://localhost/cb", "http://localhost"),
        ("http://[::1]:9/cb", "http://[::1]:9"),
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_uris_that_codes_may_go_to(uri, policy):
    assert is_redirect_uri(uri)
    assert origin(uri) == policy


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "app.example/cb",
        "//app.example/cb",
        "http://app.example/cb",
        "https://*.app.example/cb",
        "https://app.example/cb#x",
        "https://good@app.example/",
        "https://app.example:x/",
        "https:///cb",
        "https://app.example\\@evil.example/",
        "https://app.example/ x",
        "javascript:alert(1)",
        "data:text/html,x",
        "myapp:/cb",
        "https://[::1",
        'https://app.example/"',
        "https://пример.example/",
    ],
)
def test_o079_uris_that_they_may_not_go_to(uri):
    assert not is_redirect_uri(uri)

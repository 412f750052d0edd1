"""Who may ask what a token is worth, and what they are told."""

import json

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from smart_server import QUICK, RSA, assertion, back_end, granted, key_set, refreshed

INACTIVE = b'{"active":false}\n'


@pytest.fixture
def caller(world):
    """A token with the right to introspect, as a header."""
    client = world.client(
        jwks=json.dumps(key_set(RSA)), scopes="__introspect system/*.rs", redirect_uris=""
    )
    told = back_end(world, assertion(world, client.id), scope="__introspect").json()
    assert told["scope"] == "__introspect"
    return {"Authorization": f"Bearer {told['access_token']}"}


def test_t031_an_access_token_of_any_client_is_told_with_its_context(world, caller):
    app = world.client()
    told = granted(world, app, nonce="n")
    answer = world.post("introspect", {"token": told["access_token"]}, headers=caller)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = answer.json()
    assert found["active"] is True
    assert found["scope"] == told["scope"]
    assert found["client_id"] == app.id
    assert found["patient"] == "a"
    assert found["exp"] - found["iat"] == 3600
    keys = KeySet.import_key_set(world.http.get(f"{world.url}/auth/jwks.json").json())
    claims = jwt.decode(told["id_token"], keys, algorithms=["RS256"]).claims
    for name in ("iss", "sub", "fhirUser"):
        assert found[name] == claims[name]


def test_a_refresh_token_is_told_until_it_is_used(world, caller):
    app = world.client()
    told = granted(world, app)
    ask = {"token": told["refresh_token"]}
    assert world.post("introspect", ask, headers=caller).json()["active"] is True
    refreshed(world, app, told["refresh_token"])
    assert world.post("introspect", ask, headers=caller).content == INACTIVE


def test_a_back_ends_token_is_told_without_a_person(world, caller):
    token = caller["Authorization"].split()[1]
    found = world.post("introspect", {"token": token}, headers=caller).json()
    assert found.keys() == {"active", "scope", "client_id", "token_type", "exp", "iat"}


def test_t032_expired_revoked_and_garbage_are_exactly_inactive(world, caller):
    app = world.client()
    told = granted(world, app)
    revoked = {"token": told["access_token"], "client_id": app.id}
    assert world.post("revoke", revoked).status_code == 200
    for token in (told["access_token"], "garbage", "ё", "x" * 4000, told["access_token"][:-1]):
        answer = world.post("introspect", {"token": token}, headers=caller)
        assert (answer.status_code, answer.content) == (200, INACTIVE)


def test_t032_an_expired_token_is_inactive(world):
    secret = QUICK.hashed("s")
    client = world.client(secret=secret, scopes="__introspect")
    told = granted(world, world.client())
    world.clock.forward(3601)
    answer = world.post("introspect", {"token": told["access_token"]}, auth=(client.id, "s"))
    assert answer.content == INACTIVE


def test_t031_basic_is_enough_for_a_client_that_may(world):
    allowed = world.client(secret=QUICK.hashed("s"), scopes="__introspect")
    other = world.client(secret=QUICK.hashed("s"), scopes="patient/*.rs")
    token = {"token": granted(world, world.client())["access_token"]}
    assert world.post("introspect", token, auth=(allowed.id, "s")).json()["active"] is True
    assert world.post("introspect", token, auth=(other.id, "s")).status_code == 403
    wrong = world.post("introspect", token, auth=(allowed.id, "wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")


def test_t031_without_a_right_nothing_is_told(world):
    told = granted(world, world.client())
    token = {"token": told["access_token"]}
    nobody = world.post("introspect", token)
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"] == 'Bearer realm="fhirbridge"'
    patient = world.post(
        "introspect", token, headers={"Authorization": f"Bearer {told['access_token']}"}
    )
    assert patient.status_code == 403
    assert "insufficient_scope" in patient.headers["WWW-Authenticate"]
    made_up = world.post("introspect", token, headers={"Authorization": "Bearer made-up"})
    assert made_up.status_code == 401
    challenge = made_up.headers["WWW-Authenticate"]
    assert challenge == 'Bearer realm="fhirbridge", error="invalid_token"'


def test_o089_a_person_cannot_give_the_right_away(world):
    app = world.client(scopes="__introspect __launch patient/*.rs")
    told = granted(world, app, "__introspect __launch patient/*.rs")
    assert told["scope"] == "patient/*.rs"


def test_a_missing_token_is_a_bad_request(world, caller):
    answer = world.post("introspect", {"x": "y"}, headers=caller)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_o090_the_right_to_introspect_is_no_right_to_resources(world, caller):
    who = world.http.get(f"{world.url}/fhir/who", headers=caller)
    assert who.text == "system None None "

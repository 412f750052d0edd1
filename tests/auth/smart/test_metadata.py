"""Every claim of the discovery documents is true."""

import json

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.jwk import KeySet
from smart_server import (
    EC,
    EVERYTHING,
    QUICK,
    RSA,
    SECRET,
    Clock,
    assertion,
    back_end,
    granted,
    key_set,
    opened,
    refreshed,
    tables,
)

from fhirbridge.auth.smart.capability import capability_security
from fhirbridge.auth.smart.policy import DAY
from fhirbridge.auth.smart.signing import SigningKeys

SMART = "/fhir/.well-known/smart-configuration"
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize("path", [SMART, OPENID, OAUTH, "/auth/jwks.json"])
def test_documents_are_open_json_for_any_origin_whatever_is_accepted(world, path):
    headers = {"Accept": "text/html", "Origin": "https://a.example", "Authorization": "Bearer x"}
    answer = world.http.get(world.url + path, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=900"


def test_the_smart_configuration_has_what_the_specification_lists(world):
    told = world.http.get(world.url + SMART).json()
    assert told["issuer"] == world.url
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["grant_types_supported"] == ["authorization_code", "client_credentials"]
    assert told["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
    assert set(told["token_endpoint_auth_methods_supported"]) == {
        "private_key_jwt",
        "client_secret_basic",
        "client_secret_post",
    }
    assert told["response_types_supported"] == ["code"]
    for name, value in told.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(f"{world.url}/auth/")


def test_every_endpoint_that_is_named_answers(world):
    told = world.http.get(world.url + SMART).json()
    for name, url in told.items():
        if name.endswith("_endpoint"):
            assert world.http.get(url).status_code in {200, 400, 405}
            assert world.http.post(url, data={"a": "b"}).status_code != 404


def test_the_oauth_and_openid_documents_are_valid(world):
    oauth = world.http.get(world.url + OAUTH).json()
    AuthorizationServerMetadata(oauth).validate()
    assert oauth["authorization_response_iss_parameter_supported"] is True
    openid = world.http.get(world.url + OPENID).json()
    OpenIDProviderMetadata(openid).validate()
    assert "RS256" in openid["id_token_signing_alg_values_supported"]
    assert openid["subject_types_supported"] == ["public"]


def test_every_scope_that_is_listed_works(world):
    listed = world.http.get(world.url + SMART).json()["scopes_supported"]
    for person in [s for s in listed if not s.startswith("system/") and s != "launch"]:
        told = granted(world, world.client(), f"openid {person}")
        assert person in told["scope"].split()
        assert ("refresh_token" in told) == (person in {"offline_access", "online_access"})
    client = world.client(jwks=json.dumps(key_set(RSA)), scopes="system/*.rs", redirect_uris="")
    for system in [s for s in listed if s.startswith("system/")]:
        told = back_end(world, assertion(world, client.id), scope=system).json()
        assert told["scope"] == system


def test_every_way_to_authenticate_that_is_listed_works(world):
    secret = QUICK.hashed("s")
    app = world.client(secret=secret)
    told = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert world.post("token", told, auth=(app.id, "s")).json()["error"] == "invalid_grant"
    post = told | {"client_id": app.id, "client_secret": "s"}
    assert world.post("token", post).json()["error"] == "invalid_grant"
    for key, algorithm in ((RSA, "RS384"), (EC, "ES384")):
        keys = json.dumps(key_set(key))
        client = world.client(jwks=keys, scopes="system/*.rs", redirect_uris="")
        text = assertion(world, client.id, key=key, algorithm=algorithm)
        assert back_end(world, text).status_code == 200


def test_the_id_token_says_who_logged_in_under_a_published_key(world):
    app = world.client()
    told = granted(world, app, EVERYTHING.replace("launch ", ""), nonce="n-0S6_WzA2Mj")
    published = world.http.get(f"{world.url}/auth/jwks.json").json()
    for key in published["keys"]:
        assert key.keys() == {"kty", "n", "e", "kid", "use", "alg"}
    found = jwt.decode(told["id_token"], KeySet.import_key_set(published), algorithms=["RS256"])
    now = world.clock() // 1_000_000
    assert found.header["alg"] == "RS256"
    assert found.claims["iss"] == world.url
    assert found.claims["aud"] == app.id
    assert found.claims["nonce"] == "n-0S6_WzA2Mj"
    assert found.claims["fhirUser"] == f"{world.url}/fhir/Patient/a"
    assert 0 < len(found.claims["sub"]) < 256
    assert found.claims["iat"] <= now + 1
    assert now < found.claims["exp"] <= now + 3600
    assert world.fhir(told["id_token"]).status_code == 401
    assert refreshed(world, app, told["id_token"]).status_code == 400


def test_the_subject_is_stable_and_without_openid_there_is_no_identity(world):
    from smart_server import World  # noqa: PLC0415

    def subject(found: World) -> str:
        told = granted(found, found.client(), "openid")
        payload = told["id_token"].split(".")[1]
        import base64  # noqa: PLC0415

        return str(json.loads(base64.urlsafe_b64decode(payload + "=="))["sub"])

    assert subject(world) == subject(world)
    assert "id_token" not in granted(world, world.client(), "fhirUser patient/*.rs")


def test_keys_rotate_with_notice_and_processes_share_them(database_url):
    with opened(database_url) as database:
        clock = Clock()
        first = SigningKeys(tables(database, clock).signing_keys, SECRET, clock)
        second = SigningKeys(tables(database, clock).signing_keys, SECRET, clock)
        early = first.sign({"sub": "x"})
        assert first.published() == second.published()
        current, following = (key["kid"] for key in first.published()["keys"])
        clock.moved += 90 * DAY
        late = second.sign({"sub": "x"})
        kids = [key["kid"] for key in second.published()["keys"]]
        assert following in kids
        for text, kid in ((early, current), (late, following)):
            keys = KeySet.import_key_set(first.published())
            if kid in kids:
                assert jwt.decode(text, keys, algorithms=["RS256"]).header["kid"] == kid
        clock.moved += 90 * DAY
        assert current not in [key["kid"] for key in second.published()["keys"]]


def test_signing_keys_are_sealed_in_the_database(world):
    granted(world, world.client(), "openid")
    for (sealed,) in world.rows("SELECT sealed FROM signing_key"):
        assert b'"d"' not in bytes(sealed)
        assert b"RSA" not in bytes(sealed)


def test_the_capability_statement_points_to_the_same_endpoints(world):
    told = capability_security(world.parts.policy)
    (extension,) = told["extension"]
    uris = {one["url"]: one["valueUri"] for one in extension["extension"]}
    smart = world.http.get(world.url + SMART).json()
    assert uris["authorize"] == smart["authorization_endpoint"]
    assert uris["token"] == smart["token_endpoint"]
    assert told["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"

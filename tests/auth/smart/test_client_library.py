"""A client library of others, which knows the standards and not us: Authlib's own client."""

import json
import warnings

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from smart_server import CALLBACK, QUICK, RSA, SCOPES, Visitor, key_set, received

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from authlib.integrations.httpx_client import OAuth2Client
    from authlib.oauth2.rfc7523 import PrivateKeyJWT


@pytest.fixture
def metadata(world):
    return world.http.get(f"{world.url}/.well-known/openid-configuration").json()


def login(world, client, metadata):
    """Go through the code flow as the library leads it and return the token."""
    verifier = "v" * 64
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, aud=f"{world.url}/fhir"
    )
    visitor = Visitor(world)
    visitor.log_in()
    page = visitor.http.get(url)
    answer = visitor.submit(page, decision="allow")
    assert received(answer)["state"] == state
    return client.fetch_token(
        metadata["token_endpoint"],
        authorization_response=answer.headers["Location"],
        code_verifier=verifier,
    )


def of_people(world, client_id, **options):
    return OAuth2Client(
        client_id=client_id,
        scope=SCOPES,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        verify=False,
        **options,
    )


def test_it_logs_in_refreshes_and_revokes_as_a_public_app(world, metadata):
    app = world.client()
    options = {"token_endpoint_auth_method": "none"}
    with of_people(world, app.id, **options) as client:
        token = login(world, client, metadata)
        keys = KeySet.import_key_set(world.http.get(metadata["jwks_uri"]).json())
        claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
        assert claims["iss"] == metadata["issuer"]
        fresh = client.refresh_token(metadata["token_endpoint"])
        assert world.fhir(fresh["access_token"]).status_code == 200
        answer = client.revoke_token(metadata["revocation_endpoint"], fresh["refresh_token"])
        assert answer.status_code == 200
        world.clock.forward(1)
        assert world.fhir(fresh["access_token"]).status_code == 401


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_it_logs_in_with_a_secret(world, metadata, method):
    app = world.client(secret=QUICK.hashed("s cret/ü"))
    options = {"client_secret": "s cret/ü", "token_endpoint_auth_method": method}
    if method == "client_secret_basic":
        # The library sends Basic without the encoding of RFC 6749 section 2.3.1.
        app = world.client(secret=QUICK.hashed("plain"))
        options["client_secret"] = "plain"
    with of_people(world, app.id, **options) as client:
        assert login(world, client, metadata)["patient"] == "a"


def test_a_back_end_service_gets_its_token(world, metadata):
    keys = json.dumps(key_set(RSA))
    lab = world.client(jwks=keys, scopes="system/*.rs", redirect_uris="")
    private = RSA.as_dict(private=True)
    # An hour, the library's habit, is longer than SMART allows.
    soon = {"exp": world.clock() // 1_000_000 + 240}
    method = PrivateKeyJWT(
        metadata["token_endpoint"], claims=soon, headers={"kid": "rsa"}, alg="RS384"
    )
    with OAuth2Client(
        client_id=lab.id,
        client_secret=private,
        scope="system/*.rs",
        token_endpoint_auth_method=method,
        verify=False,
    ) as client:
        client.register_client_auth_method(method)
        token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert token["expires_in"] == 300
    assert world.fhir(token["access_token"]).text.startswith("system")

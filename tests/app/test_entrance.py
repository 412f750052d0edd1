"""Who gets in, on the whole product: our own tokens, back ends', and those of trusted issuers."""

import json
import logging
import warnings

import httpx
import pytest
from joserfc import jwt
from product_server import product
from smart_server import RSA, key_set

from fhirbridge.app import create_app
from fhirbridge.app.issuers import login_providers, trusted_issuers
from fhirbridge.settings import Settings, SettingsError
from fhirbridge.settings.configuration import read

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from authlib.integrations.httpx_client import OAuth2Client
    from authlib.oauth2.rfc7523 import PrivateKeyJWT

FOREIGN = "https://id.clinic.example/realms/patients"
ISSUER = f'[issuers.clinic]\nissuer = "{FOREIGN}"\nclients = ["portal"]\n'
PROVIDER = """[providers.clinic]
issuer = "https://id.clinic.example"
client_id = "fhirbridge"
authorization_endpoint = "https://id.clinic.example/authorize"
token_endpoint = "https://id.clinic.example/token"
jwks_url = "https://id.clinic.example/keys"
"""


@pytest.fixture(scope="module")
def trusting(tmp_path_factory):
    """An installation that trusts a foreign issuer by a pinned key and knows a provider."""
    folder = tmp_path_factory.mktemp("trusting")
    (folder / "key.pem").write_bytes(RSA.as_pem(private=False))
    text = f'clinic = "Клиника"\n{PROVIDER}label = "Портал"\n{ISSUER}keys = ["{folder}/key.pem"]\n'
    (folder / "clinic.toml").write_text(text, "utf-8")
    with product(folder, config=folder / "clinic.toml") as found:
        assert found.users.link(FOREIGN, "s-1", "anna")
        yield found


def foreign(installation, **over):
    """Return an access token as Keycloak shapes it; `over` changes claims."""
    now = installation.clock() // 1_000_000
    claims = {"iss": FOREIGN, "sub": "s-1", "azp": "portal", "typ": "Bearer", "exp": now + 300}
    claims |= {"aud": ["account", f"{installation.url}/fhir"], "scope": "openid patient/*.rs"}
    return jwt.encode({"alg": "RS256", "typ": "JWT"}, claims | over, RSA, algorithms=["RS256"])


def found(answer):
    return [entry["resource"]["id"] for entry in answer.json().get("entry", ())]


def test_metadata_and_discovery_say_where_to_log_in(installation):
    told = httpx.get(f"{installation.url}/fhir/metadata").json()["rest"][0]["security"]
    assert told["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    uris = {one["url"]: one["valueUri"] for one in told["extension"][0]["extension"]}
    smart = httpx.get(f"{installation.url}/fhir/.well-known/smart-configuration")
    assert smart.headers["access-control-allow-origin"] == "*"
    assert uris["token"] == smart.json()["token_endpoint"] == f"{installation.url}/auth/token"
    keys = httpx.get(smart.json()["jwks_uri"]).json()["keys"]
    assert {key["kty"] for key in keys} == {"RSA"}


def test_a_browser_may_ask_the_token_endpoint_from_anywhere(installation):
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    answer = httpx.options(f"{installation.url}/auth/token", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_a_back_end_gets_a_token_with_its_key_and_reads(installation):
    lab = installation.client(jwks=json.dumps(key_set(RSA)), scopes="system/Observation.rs")
    endpoint = f"{installation.url}/auth/token"
    # An hour, the library's habit, is longer than SMART allows.
    soon = {"exp": installation.clock() // 1_000_000 + 240}
    method = PrivateKeyJWT(endpoint, claims=soon, headers={"kid": "rsa"}, alg="RS384")
    with OAuth2Client(
        client_id=lab.id,
        client_secret=RSA.as_dict(private=True),
        scope="system/Observation.rs",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    ) as client:
        client.register_client_auth_method(method)
        token = client.fetch_token(endpoint, grant_type="client_credentials")
        assert found(client.get(f"{installation.url}/fhir/Observation?_sort=_id")) == [
            "other",
            "own",
        ]
        assert client.get(f"{installation.url}/fhir/Patient/a").status_code == 403
        # The library would use the jti of its first assertion again.
        del method.claims["jti"]
        ended = client.revoke_token(f"{installation.url}/auth/revoke", token["access_token"])
        assert ended.status_code == 200, ended.text
    # Both sides share one table: no second passes.
    assert installation.fhir("Observation", token["access_token"]).status_code == 401


def test_a_linked_persons_token_of_a_trusted_issuer_is_theirs(trusting):
    token = foreign(trusting)
    assert found(trusting.fhir("Observation", token)) == ["own"]
    assert trusting.fhir("Patient/b", token).status_code == 404


@pytest.mark.parametrize(
    "over",
    [
        {"aud": "account"},
        {"sub": "a stranger"},
        {"azp": "another app"},
        {"exp": 1},
        {"iss": "https://else"},
    ],
)
def test_any_other_token_is_refused(trusting, over):
    assert trusting.fhir("Observation", foreign(trusting, **over)).status_code == 401


def test_a_foreign_token_is_nothing_where_nobody_is_trusted(installation):
    assert installation.fhir("Observation", foreign(installation)).status_code == 401


def test_the_login_page_names_clinic_and_provider(trusting):
    page = httpx.get(f"{trusting.url}/auth/login").text
    assert "Клиника" in page
    assert "Портал" in page


def test_without_a_public_address_there_is_no_login_and_the_log_says_so(tmp_path, caplog):
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/x.sqlite", secret_key=b"s" * 32, var=tmp_path
    )
    with caplog.at_level(logging.WARNING):
        app = create_app(settings)
    assert "FHIRBRIDGE_BASE_URL" in caplog.text
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://x") as client:
        assert client.get("/auth/login").status_code == 404
        assert client.get("/.well-known/openid-configuration").status_code == 404
        assert "service" not in client.get("/fhir/metadata").json()["rest"][0]["security"]


def understood(path):
    configuration = read(path)
    return trusted_issuers(configuration), login_providers(configuration)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (ISSUER, "issuers.clinic: "),
        (f'{ISSUER}keys = ["nowhere.pem"]', "nowhere.pem"),
        (f'{ISSUER}jwks_url = "https://a.example"\nalgorithms = ["HS256"]', "algorithms"),
        (f'{PROVIDER}client_secret = "env:NOT_SET_ANYWHERE"', "NOT_SET_ANYWHERE"),
        (f'{PROVIDER}client_secret = "in the open"', "providers.clinic.client_secret"),
        (PROVIDER.replace(".clinic]", '."a/b"]'), "providers.a/b"),
    ],
)
def test_a_wrong_issuer_or_provider_is_one_line_that_names_it(tmp_path, text, named):
    (tmp_path / "x.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as raised:
        understood(tmp_path / "x.toml")
    assert named in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_providers_secret_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("KEYCLOAK_SECRET", "s")
    (tmp_path / "x.toml").write_text(f'{PROVIDER}client_secret = "env:KEYCLOAK_SECRET"\n', "utf-8")
    (provider,) = login_providers(read(tmp_path / "x.toml"))
    assert (provider.id, provider.label, provider.client_secret) == ("clinic", "clinic", "s")

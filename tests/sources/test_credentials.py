import json

import pytest
from scripted_server import ScriptedServer, reply
from talking_source import shipped, talking

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.sources.credentials import credentials
from fhirbridge.sources.errors import NotPublished
from fhirbridge.sources.http_json import Source
from fhirbridge.sources.words import Auth

ALL = (
    Auth(kind="basic", user="КурочкинМ", secret="env:A"),
    Auth(kind="header", name="X-Api-Key", secret="env:B"),
    Auth(kind="query", name="clinic", secret="env:C"),
    Auth(kind="body", name="Key", secret="env:D"),
)
SECRETS = {"A": "пароль", "B": "b", "C": "c&d", "D": "секрет"}


def test_kinds_of_authentication_combine():
    profile = shipped("qlab", auth=ALL)
    with ScriptedServer(reply()) as server:
        source = Source(profile.at(server.url), SECRETS)
        source.fetch("orders", first="2026-11-01", last="2026-11-02")
        source.close()
    (asked,) = server.asked
    assert asked.headers["authorization"].startswith("Basic ")
    assert asked.headers["x-api-key"] == "b"
    assert asked.path == "/orders?date_from=2026-11-01&date_to=2026-11-02&clinic=c%26d"
    assert json.loads(asked.body) == {"Key": "секрет"}


def test_a_bearer_token_and_a_name_without_secret_mark():
    bearer = (Auth(kind="bearer", secret="env:A"),)
    assert credentials(shipped("qlab", auth=bearer), {"A": "t"}).headers == {
        "Authorization": "Bearer t"
    }


def test_a_secret_that_is_not_set_is_named_in_one_line():
    with pytest.raises(ConfigurationError, match="FHIRBRIDGE_QLAB_KEY is not set"):
        Source(shipped("qlab").at("http://127.0.0.1:1"), {})


@pytest.mark.parametrize("url", ["ftp://x", "nothing", "http://user:word@host/", "http://h/?a=1"])
def test_an_address_must_be_plain_http_without_secrets(url):
    with pytest.raises(ConfigurationError, match="base_url"):
        Source(shipped("qlab").at(url), {"FHIRBRIDGE_QLAB_KEY": "k"})


def test_a_secret_is_not_shown_by_its_holder():
    assert "пароль" not in repr(credentials(shipped("qlab", auth=ALL), SECRETS))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed_and_carries_nothing(status):
    with ScriptedServer(reply()) as other:
        moved = reply("", status, Location=f"{other.url}/medapi/doctors")
        with talking("onec", moved) as (_, source), pytest.raises(NotPublished):
            source.fetch("doctors")
    assert other.asked == []


def test_a_redirect_to_the_same_host_is_followed_with_the_credentials():
    moved = reply("", 302, Location="/medicine/hs/medapi/v2/doctors")
    with talking("onec", moved, reply()) as (server, source):
        source.fetch("doctors")
    assert server.asked[1].path == "/medicine/hs/medapi/v2/doctors"
    assert "authorization" in server.asked[1].headers


def test_a_redirect_in_a_circle_ends():
    moved = reply("", 302, Location="/medicine/hs/medapi/doctors")
    again = reply("", 302, Location="/elsewhere")
    for script in ([moved], [again, reply("", 302, Location="/a"), again]):
        with talking("onec", *script) as (_, source), pytest.raises(NotPublished):
            source.fetch("doctors")


def test_a_write_follows_no_redirect():
    moved = reply("", 307, Location="/medicine/hs/elsewhere")
    with talking("onec", moved) as (server, source), pytest.raises(NotPublished):
        source.send("cancel_appointment", {"id": "1"})
    assert len(server.asked) == 1

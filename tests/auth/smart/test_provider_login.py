"""Logging in through an OpenID provider of others: a real one, in a process of its own."""

import re
import subprocess
import sys
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from smart_server import Clock, Visitor, ask, encoded, query_of, received, running

from fhirbridge.auth.keys import SafeFetcher
from fhirbridge.auth.smart.policy import LoginProvider
from fhirbridge.store.users import Users


@pytest.fixture(scope="module")
def idp():
    """The URL of a running provider, which logs in whoever names a subject."""
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", "0"]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    lines = iter(process.stderr.readline, "")
    url = next(found[0] for line in lines if (found := re.search(r"http://127[\d.:]+", line)))
    yield url
    process.terminate()
    process.communicate(timeout=10)


@pytest.fixture
def provider(idp):
    return LoginProvider(
        id="clinic",
        label="Clinic & Co",
        issuer=idp,
        client_id="fhirbridge",
        client_secret="s",
        authorization_endpoint=f"{idp}/oauth2/authorize",
        token_endpoint=f"{idp}/oauth2/token",
        jwks_url=f"{idp}/jwks",
    )


@pytest.fixture
def linked(world, idp, provider):
    """A server that trusts the provider, where `anna` is linked to its subject `s-1`."""
    with running(world.database, Clock(), providers=(provider,)) as found:
        users = found.tables.users
        assert isinstance(users, Users)
        users.link(idp, "s-1", "anna")
        yield found


def at_provider(visitor, location, subject="s-1"):
    """Log in at the provider and return where it sends the browser."""
    answer = visitor.http.post(location, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def test_the_login_page_offers_it_and_a_linked_person_gets_to_the_app(linked):
    visitor, asked = Visitor(linked), ask(linked, linked.client())
    page = visitor.get("/auth/authorize", **asked.parameters)
    assert "Clinic &amp; Co" in page.text
    (link,) = re.findall(r'class="button" href="([^"]+)"', page.text)
    away = visitor.http.get(link.replace("&amp;", "&")).headers["Location"]
    sent = {name: values[0] for name, values in query_of(away).items()}
    assert sent["code_challenge_method"] == "S256"
    assert sent.keys() >= {"state", "nonce", "code_challenge"}
    back = at_provider(visitor, away)
    onward = visitor.http.get(back).headers["Location"]
    consent = visitor.http.get(onward)
    assert "code" in received(visitor.submit(consent, decision="allow"))


def begun(visitor, text=""):
    return visitor.get("/auth/external/clinic", request=text).headers["Location"]


def test_o068_a_stranger_is_told_to_ask_at_the_desk(linked):
    visitor = Visitor(linked)
    answer = visitor.http.get(at_provider(visitor, begun(visitor), "stranger"))
    assert answer.status_code == 403
    assert "not linked to an account" in answer.text
    assert "session" not in str(answer.headers.get_list("set-cookie"))


def test_o069_a_disabled_account_stays_shut(linked):
    linked.tables.users.disable("anna", linked.clock())
    visitor = Visitor(linked)
    answer = visitor.http.get(at_provider(visitor, begun(visitor)))
    assert answer.status_code == 403


def test_o065_another_browser_cannot_be_made_to_finish_a_login(linked):
    attacker, victim = Visitor(linked), Visitor(linked)
    back = at_provider(attacker, begun(attacker))
    assert victim.http.get(back).status_code == 403
    begun(victim)
    assert victim.http.get(back).status_code == 403
    assert 'name="password"' in victim.get("/auth/manage").text


def test_o066_an_answer_is_of_use_once_and_from_the_right_issuer(linked):
    visitor = Visitor(linked)
    back = at_provider(visitor, begun(visitor))
    mixed = back + "&iss=https://evil.example"
    assert visitor.http.get(mixed).status_code == 403
    assert visitor.http.get(back).status_code == 403
    back = at_provider(visitor, begun(visitor))
    assert visitor.http.get(back).status_code == 303
    assert visitor.http.get(back).status_code == 403


@pytest.mark.parametrize("change", [{"state": "x"}, {"code": "x"}, {"code": ""}, {"state": ""}])
def test_o067_a_forged_answer_is_refused(linked, change):
    visitor = Visitor(linked)
    back = urlsplit(at_provider(visitor, begun(visitor)))
    values = {name: values[0] for name, values in parse_qs(back.query).items()} | change
    assert visitor.get(back.path, **values).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"client_id": "another", "algorithms": ("RS384",)},
        {"algorithms": ("ES256",)},
        {"jwks_url": "https://127.0.0.1/jwks"},
        {"token_endpoint": "https://10.0.0.1/token"},
    ],
)
def test_o067_a_token_of_another_shape_is_refused(linked, provider, idp, change):
    fetcher = SafeFetcher(trusted=frozenset({idp}))
    odd = replace(provider, **change)
    with running(linked.database, Clock(), providers=(odd,), fetcher=fetcher) as other:
        visitor = Visitor(other)
        assert visitor.http.get(at_provider(visitor, begun(visitor))).status_code == 403


def test_o054_after_the_login_one_stays_on_this_server(linked):
    visitor = Visitor(linked)
    back = at_provider(visitor, begun(visitor, "https://evil.example"))
    assert visitor.http.get(back).headers["Location"].startswith("/auth/")


def test_a_request_too_long_for_a_cookie_is_left_behind(linked):
    asked = ask(linked, linked.client(), state="s" * 3000)
    visitor = Visitor(linked)
    back = at_provider(visitor, begun(visitor, encoded(asked.parameters)))
    assert visitor.http.get(back).headers["Location"] == "/auth/manage"


def test_an_unknown_provider_is_a_page(linked):
    assert Visitor(linked).get("/auth/external/other").status_code == 404
    assert Visitor(linked).get("/auth/external/other/callback").status_code == 403

"""Clients whose keys are behind a URL: C009, C010, C016."""

import json
import time
from dataclasses import dataclass, field

import pytest
from joserfc import jwk
from smart_server import EC, RSA, Clock, assertion, back_end, key_set, running

from fhirbridge.auth.keys import Fetched, NotFetched, SafeFetcher

URL = "https://lab.example/keys"
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "new", "use": "sig"})


@dataclass
class Web:
    """The web as the server sees it: what is at the one URL, and what was asked for."""

    body: bytes = json.dumps(key_set(RSA, EC)).encode()
    age: str = "max-age=60"
    asked: list[str] = field(default_factory=list)

    def fetch(self, url):
        self.asked.append(url)
        if not self.body:
            raise NotFetched
        return Fetched(self.body, self.age)

    def post(self, url, form, headers=()):
        raise NotFetched


@pytest.fixture
def web():
    return Web()


@pytest.fixture
def served(world, web):
    with running(world.database, Clock(), fetcher=web) as found:
        yield found


def register(world, url=URL):
    return world.client(jwks_url=url, scopes="system/*.rs", redirect_uris="")


def test_keys_are_fetched_once_for_as_long_as_their_owner_allows(served, web):
    lab = register(served)
    for _ in range(5):
        assert back_end(served, assertion(served, lab.id)).status_code == 200
    assert web.asked == [URL]
    served.clock.forward(61)
    assert back_end(served, assertion(served, lab.id)).status_code == 200
    assert web.asked == [URL, URL]


def test_c009_a_jku_is_used_only_if_it_is_the_registered_one(served, web):
    lab = register(served)
    good = assertion(served, lab.id, header={"jku": URL})
    assert back_end(served, good).status_code == 200
    web.asked.clear()
    for wrong in (URL + "/", URL + "2", URL[:-1], "https://evil.example/keys"):
        text = assertion(served, lab.id, header={"jku": wrong})
        assert back_end(served, text).status_code == 401
    assert web.asked == []


def test_c016_a_removed_key_is_over_after_max_age(served, web):
    lab = register(served)
    assert back_end(served, assertion(served, lab.id)).status_code == 200
    web.body = json.dumps(key_set(OTHER)).encode()
    assert back_end(served, assertion(served, lab.id)).status_code == 200
    served.clock.forward(61)
    assert back_end(served, assertion(served, lab.id)).status_code == 401
    assert back_end(served, assertion(served, lab.id, key=OTHER)).status_code == 200


def test_x020_a_new_key_is_found_at_once_but_looked_for_twice_a_minute_at_most(served, web):
    lab = register(served)
    assert back_end(served, assertion(served, lab.id)).status_code == 200
    web.body = json.dumps(key_set(RSA, OTHER)).encode()
    served.clock.forward(31)
    assert back_end(served, assertion(served, lab.id, key=OTHER)).status_code == 200
    for _ in range(20):
        assert back_end(served, assertion(served, lab.id, header={"kid": "x"})).status_code == 401
    assert len(web.asked) == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys":[]}', b'{"keys":5}', b"\xff"])
def test_c010_what_is_no_key_set_lets_nobody_in(served, web, body):
    web.body = body
    lab = register(served)
    assert back_end(served, assertion(served, lab.id)).status_code == 401


def test_x020_when_the_owner_is_away_old_keys_are_not_believed_and_the_web_is_not_flooded(
    served, web
):
    lab = register(served)
    assert back_end(served, assertion(served, lab.id)).status_code == 200
    web.body = b""
    served.clock.forward(61)
    for _ in range(10):
        assert back_end(served, assertion(served, lab.id)).status_code == 401
    assert len(web.asked) == 2


def test_c010_s001_s004_keys_inside_are_refused_quickly(world):
    fetcher = SafeFetcher(resolve=lambda host, port: ["10.0.0.1"])
    with running(world.database, Clock(), fetcher=fetcher) as found:
        for url in (URL, "https://127.0.0.1/keys", "https://169.254.169.254/", "http://x.example/"):
            begun = time.monotonic()
            lab = register(found, url)
            assert back_end(found, assertion(found, lab.id)).status_code == 401
            assert time.monotonic() - begun < 5

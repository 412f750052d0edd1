"""What is told when something breaks here: that it broke, and nothing else."""

import pytest
from smart_server import QUICK, Clock, Visitor, running

from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.secret import Passwords
from fhirbridge.fhir.errors import Unavailable

FORM = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "some"}


@pytest.fixture
def broken(world, monkeypatch):
    """The function that makes the table of clients raise an error."""

    def set_error(error):
        def find(_id):
            raise error

        monkeypatch.setattr(type(world.tables.clients), "find", lambda self, id_: find(id_))

    return set_error


def test_a_database_that_is_away_is_said_to_be_so(world, broken):
    broken(Unavailable("secret detail"))
    answer = world.post("token", FORM)
    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert answer.headers["Retry-After"] == "5"
    page = Visitor(world).get("/auth/authorize", client_id="some")
    assert page.status_code == 503
    assert "secret" not in page.text


def test_i003_an_error_of_ours_tells_nothing(world, broken, caplog):
    broken(RuntimeError("secret detail"))
    answer = world.post("token", FORM)
    assert (answer.status_code, answer.json()) == (500, {"error": "server_error"})
    page = Visitor(world).get("/auth/authorize", client_id="some")
    assert page.status_code == 500
    assert "secret" not in answer.text + page.text
    assert caplog.text.count("failed: RuntimeError") == 2
    assert "in find_client" in caplog.text
    assert "secret detail" not in caplog.text


def test_o099_a_repeated_authorization_header_is_a_bad_request(world):
    headers = [("Authorization", "Basic eDp5"), ("Authorization", "Bearer x")]
    answer = world.post("introspect", {"token": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def tired(world, sender):
    data = FORM | {"client_secret": "wrong"}
    return world.post("token", data, headers={"X-Forwarded-For": sender}).status_code == 429


def test_o061_the_sender_is_who_our_own_proxy_says_and_nobody_else(world):
    world.client(id="some", secret=QUICK.hashed("right"))
    for number in range(61):
        last = tired(world, f"203.0.113.{number}")
    assert last
    with running(world.database, Clock(), proxies=1) as proxied:
        for number in range(61):
            last = tired(proxied, f"198.51.100.{number}, 192.0.2.1")
        assert last
        assert not tired(proxied, "192.0.2.1, 192.0.2.2")


def test_o061_an_empty_forwarded_header_counts_as_the_connection(world):
    world.client(id="some", secret=QUICK.hashed("right"))
    with running(world.database, Clock(), proxies=2) as proxied:
        assert not tired(proxied, "192.0.2.1")


@pytest.mark.parametrize("kept", ["", "scrypt", "scrypt$x$8$1$AA$AA", "scrypt$16$8$1$!$!", "plain"])
def test_a_hash_that_cannot_be_read_matches_nothing(kept):
    assert not Passwords().match("", kept)
    assert not QUICK.match("plain", kept)


def test_secrets_do_not_show_in_what_is_printed(world):
    assert isinstance(world.parts, Parts)
    assert "secret=" not in repr(world.parts)
    assert repr(world.parts.secret) not in repr(world.parts)

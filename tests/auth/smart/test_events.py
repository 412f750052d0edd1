"""What the audit trail is told, before anybody gets an answer."""

import pytest
from smart_server import Clock, Visitor, ask, granted, running

from fhirbridge.fhir.errors import Unavailable


class Witness(list):
    """Remembers what it is told; `away`: it can write nothing down."""

    away = False

    def __call__(self, event):
        if self.away:
            raise Unavailable("The event cannot be recorded")
        self.append(event)

    @property
    def kinds(self):
        return [event.kind for event in self]


@pytest.fixture
def witness():
    return Witness()


@pytest.fixture
def watched(world, witness):
    with running(world.database, Clock(), witness=witness) as found:
        yield found


def test_a_login_and_a_consent_are_told(watched, witness):
    app = watched.client()
    told = granted(watched, app)
    login, consent = witness
    assert (login.kind, login.fhir_user, login.address) == ("login", "Patient/a", "127.0.0.1")
    assert (consent.kind, consent.client, consent.patient) == ("consent", app.id, "a")
    assert set(consent.scopes.split()) == set(told["scope"].split())


def test_a_refused_login_is_told_without_what_was_typed(watched, witness):
    Visitor(watched).log_in("anna", "my other password")
    Visitor(watched).log_in("my password by mistake", "x")
    assert witness.kinds == ["login-refused", "login-refused"]
    assert {event.fhir_user for event in witness} == {None}


def test_saying_no_taking_back_and_leaving_are_told(watched, witness):
    app = watched.client()
    granted(watched, app)
    visitor = Visitor(watched)
    visitor.submit(visitor.consent_page(ask(watched, app)), decision="deny")
    page = visitor.get("/auth/manage")
    visitor.submit(page)
    visitor.submit(visitor.get("/auth/manage"))
    assert witness.kinds[2:] == ["login", "consent-refused", "withdrawal", "logout"]
    assert witness[-2].client == app.id


def test_what_cannot_be_recorded_does_not_happen(watched, witness):
    visitor, asked = Visitor(watched), ask(watched, watched.client())
    page = visitor.consent_page(asked)
    witness.away = True
    assert visitor.submit(page, decision="allow").status_code == 503
    assert watched.rows("SELECT count(*) FROM oauth_grant") == [(0,)]
    stranger = Visitor(watched)
    assert stranger.log_in().status_code == 503
    assert "fhirbridge-session" not in stranger.http.cookies


def test_t033_trying_to_end_another_apps_token_is_told_and_one_s_own_is_not(watched, witness):
    app, thief = watched.client(), watched.client()
    told = granted(watched, app)
    witness.clear()
    for token in (told["access_token"], told["refresh_token"]):
        answer = watched.post("revoke", {"token": token, "client_id": thief.id})
        assert (answer.status_code, answer.json()) == (200, {})
    assert [(one.kind, one.client, one.address) for one in witness] == [
        ("revocation-refused", thief.id, "127.0.0.1")
    ] * 2
    witness.clear()
    for token in (told["access_token"], "unknown", told["refresh_token"]):
        watched.post("revoke", {"token": token, "client_id": app.id})
    assert witness.kinds == []

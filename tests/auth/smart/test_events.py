"""What the audit trail is told, before anybody gets an answer."""

import pytest
from smart_server import QUICK, Clock, Visitor, ask, exchange, granted, running

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


def test_o108_a_refused_app_is_told_as_whom_it_came_if_there_is_such_a_one(watched, witness):
    app = watched.client()
    wrong = {"grant_type": "refresh_token", "refresh_token": "x"}
    for data in (wrong | {"client_id": app.id}, wrong | {"client_id": "nobody"}, {}):
        assert watched.post("token", data).status_code in {400, 401}
    assert watched.post("token", wrong, auth=(app.id, "wrong")).status_code == 401
    assert watched.post("introspect", {"token": "x"}).status_code == 401
    assert watched.post("launch", {"client_id": app.id}).status_code == 401
    assert watched.http.post(f"{watched.url}/auth/revoke", json={}).status_code == 400
    assert witness.kinds == ["app-refused"] * 7
    assert [one.client for one in witness] == [app.id, None, None, app.id, None, app.id, None]
    assert {one.address for one in witness} == {"127.0.0.1"}
    witness.away = True
    assert watched.post("token", wrong).status_code == 503


def test_o109_a_second_use_of_a_code_or_a_refresh_token_is_told_with_whose_it_was(watched, witness):
    app = watched.client()
    asked = ask(watched, app)
    code = Visitor(watched).allow(asked)["code"]
    told = [exchange(watched, app, asked, code) for _ in range(2)]
    assert [one.status_code for one in told] == [200, 400]
    reused = next(one for one in witness if one.kind == "token-reused")
    assert (reused.fhir_user, reused.client, reused.patient) == ("Patient/a", app.id, "a")
    assert reused.address == "127.0.0.1"
    witness.clear()
    first = granted(watched, app)["refresh_token"]
    data = {"grant_type": "refresh_token", "client_id": app.id, "refresh_token": first}
    assert watched.post("token", data).status_code == 200
    watched.clock.forward(11)
    assert watched.post("token", data).status_code == 400
    assert witness.kinds[-2:] == ["token-reused", "app-refused"]


def test_o110_an_introspection_is_told_with_who_asked_and_for_whom_the_token_is(watched, witness):
    caller = watched.client(secret=QUICK.hashed("right"), scopes="__introspect")
    token = granted(watched, watched.client())["access_token"]
    witness.clear()
    for text in (token, "unknown"):
        answer = watched.post("introspect", {"token": text}, auth=(caller.id, "right"))
        assert answer.status_code == 200
    ((kind, client, patient),) = [(one.kind, one.client, one.patient) for one in witness]
    assert (kind, client, patient) == ("introspection", caller.id, "a")


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

"""Ending tokens, by the app and by the person."""

from smart_server import Form, Visitor, ask, exchange, granted, refreshed


def test_t026_revoking_a_refresh_token_ends_its_family_and_its_access_tokens(both):
    app = both.client()
    first = granted(both, app)
    second = refreshed(both, app, first["refresh_token"]).json()
    answer = both.post("revoke", {"token": second["refresh_token"], "client_id": app.id})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    both.clock.forward(1)
    for told in (first, second):
        assert both.fhir(told["access_token"]).status_code == 401
        assert refreshed(both, app, told["refresh_token"]).status_code == 400


def test_revoking_an_access_token_ends_it_at_once_and_nothing_else(both):
    app = both.client()
    told = granted(both, app)
    assert both.fhir(told["access_token"]).status_code == 200
    gone = {"token": told["access_token"], "client_id": app.id, "token_type_hint": "refresh_token"}
    assert both.post("revoke", gone).status_code == 200
    assert both.fhir(told["access_token"]).status_code == 401
    assert refreshed(both, app, told["refresh_token"]).status_code == 200


def test_t033_an_unknown_token_is_200_and_so_is_anothers_which_stays(world):
    app, other = world.client(), world.client()
    told = granted(world, app)
    for token in ("unknown", told["access_token"], told["refresh_token"]):
        answer = world.post("revoke", {"token": token, "client_id": other.id})
        assert (answer.status_code, answer.json()) == (200, {})
    assert world.fhir(told["access_token"]).status_code == 200
    assert refreshed(world, app, told["refresh_token"]).status_code == 200


def test_o091_nobody_and_nothing_cannot_be_revoked(world):
    app = world.client()
    assert world.post("revoke", {"token": "x"}).status_code == 401
    assert world.post("revoke", {"token": "x", "client_id": "unknown"}).status_code == 401
    assert world.post("revoke", {"client_id": app.id}).json()["error"] == "invalid_request"


def test_t027_a_person_sees_their_apps_and_takes_access_back(both):
    app = both.client(name="<Diary>")
    visitor = Visitor(both)
    asked = ask(both, app)
    told = exchange(both, app, asked, visitor.allow(asked)["code"]).json()
    page = visitor.get("/auth/manage")
    assert page.status_code == 200
    assert "&lt;Diary&gt;" in page.text
    assert "<Diary>" not in page.text
    assert visitor.submit(page).status_code == 303
    both.clock.forward(1)
    assert both.fhir(told["access_token"]).status_code == 401
    assert refreshed(both, app, told["refresh_token"]).status_code == 400
    assert "&lt;Diary&gt;" not in visitor.get("/auth/manage").text


def test_o075_nobody_takes_back_what_another_gave(world):
    app = world.client()
    told = granted(world, app)
    world.person("boris", "Patient/b")
    visitor = Visitor(world)
    visitor.log_in("boris")
    url = f"{world.url}/auth/manage"
    grant = world.rows("SELECT id FROM oauth_grant")[0][0]
    csrf = Form(visitor.get("/auth/manage").text).fields["csrf"]
    for token in (csrf, "x", ""):
        assert visitor.http.post(url, data={"grant": grant, "csrf": token}).status_code == 403
    assert refreshed(world, app, told["refresh_token"]).status_code == 200


def test_o092_without_a_login_the_list_is_not_shown(world):
    granted(world, world.client(name="Diary"))
    page = Visitor(world).get("/auth/manage")
    assert 'name="password"' in page.text
    assert "Diary" not in page.text

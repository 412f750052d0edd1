"""Rotation, families, theft: https://www.rfc-editor.org/rfc/rfc9700#section-4.14."""

import threading

import httpx
import pytest
from smart_server import QUICK, Visitor, ask, exchange, granted, refreshed

ONLINE = "openid patient/*.rs online_access"


def test_every_use_gives_a_successor_and_a_new_access_token(both):
    app = both.client()
    first = granted(both, app)
    second = refreshed(both, app, first["refresh_token"])
    assert second.status_code == 200
    assert second.headers["Cache-Control"] == "no-store"
    told = second.json()
    assert told["refresh_token"] != first["refresh_token"]
    assert told["access_token"] != first["access_token"]
    assert (told["scope"], told["patient"]) == (first["scope"], "a")
    assert both.fhir(told["access_token"]).status_code == 200
    assert refreshed(both, app, told["refresh_token"]).status_code == 200


def test_t026_a_lost_answer_is_repeated_within_ten_seconds_with_the_same_successor(both):
    app = both.client()
    first = granted(both, app)["refresh_token"]
    lost = refreshed(both, app, first).json()
    both.clock.forward(9)
    again = refreshed(both, app, first)
    assert again.status_code == 200
    assert again.json()["refresh_token"] == lost["refresh_token"]
    assert both.fhir(again.json()["access_token"]).status_code == 200


def test_t026_a_second_use_after_ten_seconds_is_theft_and_ends_the_family(both):
    app = both.client()
    first = granted(both, app)
    second = refreshed(both, app, first["refresh_token"]).json()
    both.clock.forward(11)
    stolen = refreshed(both, app, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    both.clock.forward(1)
    assert refreshed(both, app, second["refresh_token"]).json()["error"] == "invalid_grant"
    for told in (first, second):
        assert both.fhir(told["access_token"]).status_code == 401


def test_t026_a_second_use_after_the_successor_was_used_is_theft_even_at_once(world):
    app = world.client()
    first = granted(world, app)
    second = refreshed(world, app, first["refresh_token"]).json()
    third = refreshed(world, app, second["refresh_token"]).json()
    assert refreshed(world, app, first["refresh_token"]).status_code == 400
    assert refreshed(world, app, third["refresh_token"]).status_code == 400


def test_t026_fifty_uses_at_once_make_one_rotation(both):
    app = both.client()
    first = granted(both, app)["refresh_token"]
    answers: list[httpx.Response] = []
    barrier = threading.Barrier(50)

    def run() -> None:
        barrier.wait()
        answers.append(refreshed(both, app, first))

    threads = [threading.Thread(target=run) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [answer.json()["refresh_token"] for answer in answers if answer.status_code == 200]
    assert len(answers) == 50
    assert len(set(good)) == 1
    assert both.rows("SELECT count(*) FROM oauth_refresh")[0][0] == 2
    assert refreshed(both, app, good[0]).status_code == 200


def test_t026_another_app_cannot_use_the_token_and_does_no_harm(world):
    app, other = world.client(), world.client()
    first = granted(world, app)["refresh_token"]
    assert refreshed(world, other, first).json()["error"] == "invalid_grant"
    assert refreshed(world, app, first).status_code == 200


def test_t026_scopes_shrink_for_one_access_token_and_never_grow(world):
    app = world.client()
    first = granted(world, app, "openid patient/Observation.rs patient/Slot.rs offline_access")
    larger = refreshed(world, app, first["refresh_token"], scope="patient/*.rs")
    assert (larger.status_code, larger.json()["error"]) == (400, "invalid_scope")
    more = refreshed(world, app, first["refresh_token"], scope="patient/Slot.cruds")
    assert more.json()["error"] == "invalid_scope"
    less = refreshed(world, app, first["refresh_token"], scope="patient/Slot.r")
    assert less.json()["scope"] == "patient/Slot.r"
    full = refreshed(world, app, less.json()["refresh_token"])
    assert full.json()["scope"] == first["scope"]


@pytest.mark.parametrize("text", ["", "guessed", "x" * 5000, "ё"])
def test_o085_a_guessed_refresh_token_is_refused(world, text):
    answer = refreshed(world, world.client(), text)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_grant", "invalid_request"}


def test_o086_an_access_token_is_no_refresh_token_and_the_reverse(world):
    app = world.client()
    told = granted(world, app)
    assert refreshed(world, app, told["access_token"]).json()["error"] == "invalid_grant"
    assert world.fhir(told["refresh_token"]).status_code == 401


def test_idle_for_ninety_days_or_a_year_old_it_is_over(world):
    app = world.client()
    idle = granted(world, app)["refresh_token"]
    world.clock.forward(91 * 24 * 3600)
    assert refreshed(world, app, idle).json()["error"] == "invalid_grant"
    used = granted(world, app)["refresh_token"]
    for _ in range(4):
        world.clock.forward(80 * 24 * 3600)
        used = refreshed(world, app, used).json()["refresh_token"]
    world.clock.forward(46 * 24 * 3600)
    assert refreshed(world, app, used).json()["error"] == "invalid_grant"


def test_t027_after_the_person_was_disabled_nothing_goes_on(both):
    app = both.client()
    told = granted(both, app)
    assert both.tables.users.disable("anna", both.clock())
    assert refreshed(both, app, told["refresh_token"]).json()["error"] == "invalid_grant"
    both.clock.forward(1)
    assert both.fhir(told["access_token"]).status_code == 401


def test_t027_after_the_link_to_the_patient_changed_nothing_goes_on(world):
    app = world.client()
    told = granted(world, app)
    world.database.connection.execute("UPDATE account SET fhir_user = 'Patient/b'")
    answer = refreshed(world, app, told["refresh_token"])
    assert answer.json()["error"] == "invalid_grant"


def test_t028_tokens_of_a_deleted_client_are_worth_nothing(both):
    app = both.client()
    told = granted(both, app)
    assert both.tables.clients.delete(app.id, both.clock())
    assert not both.tables.clients.delete(app.id, both.clock())
    both.clock.forward(1)
    assert both.fhir(told["access_token"]).status_code == 401
    assert refreshed(both, app, told["refresh_token"]).status_code == 401


def test_o087_online_access_dies_with_the_session_and_offline_access_does_not(both):
    app, visitor = both.client(), Visitor(both)
    online = granted_by(visitor, both, app, ONLINE)
    offline = granted_by(visitor, both, app, ONLINE.replace("online", "offline"))
    online = refreshed(both, app, online["refresh_token"]).json()
    manage = visitor.get("/auth/manage")
    assert visitor.submit(manage, nth=-1).status_code == 303
    both.clock.forward(1)
    assert refreshed(both, app, online["refresh_token"]).json()["error"] == "invalid_grant"
    assert both.fhir(online["access_token"]).status_code == 401
    assert refreshed(both, app, offline["refresh_token"]).status_code == 200


def test_online_access_ends_when_the_session_runs_out(world):
    app = world.client()
    told = granted(world, app, ONLINE)
    world.clock.forward(8 * 3600 + 1)
    assert refreshed(world, app, told["refresh_token"]).json()["error"] == "invalid_grant"


def test_t029_a_dump_of_the_database_holds_no_token(world):
    app = world.client()
    told = granted(world, app)
    dump = "\n".join(
        str(row)
        for table in ("token", "oauth_access", "oauth_refresh", "oauth_grant", "login_session")
        for row in world.rows(f"SELECT * FROM {table}")  # noqa: S608
    )
    assert told["access_token"] not in dump
    assert told["refresh_token"] not in dump
    (kept,) = world.rows("SELECT hash FROM oauth_access")[0]
    assert world.fhir(bytes(kept).hex()).status_code == 401


def granted_by(visitor, world, app, scope):
    from smart_server import ask, exchange  # noqa: PLC0415

    asked = ask(world, app, scope)
    return exchange(world, app, asked, visitor.allow(asked)["code"]).json()


def unnamed(world, token):
    return world.post("token", {"grant_type": "refresh_token", "refresh_token": token})


def test_a_public_app_need_not_say_who_it_is(world):
    told = granted(world, world.client())
    assert unnamed(world, told["refresh_token"]).status_code == 200
    refused = unnamed(world, "nothing")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_o088_an_app_with_a_secret_proves_itself_all_the_same(world):
    app = world.client(secret=QUICK.hashed("plain"))
    asked = ask(world, app)
    code = Visitor(world).allow(asked)["code"]
    told = exchange(world, app, asked, code, client_secret="plain").json()
    refused = unnamed(world, told["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")

"""From an app's request to its tokens, over HTTP."""

import threading

import httpx
import pytest
from smart_server import (
    CALLBACK,
    EVERYTHING,
    SCOPES,
    Visitor,
    ask,
    exchange,
    granted,
    received,
    refreshed,
)


def test_a_patient_opens_an_app_and_it_gets_tokens_of_that_patient_only(world):
    app = world.client()
    asked = ask(world, app, nonce="n-1")
    answer = Visitor(world).allow(asked)
    assert answer["state"] == "st&ate=1"
    assert answer["iss"] == world.url
    response = exchange(world, app, asked, answer["code"])
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    told = response.json()
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] == 3600
    assert told["scope"] == SCOPES
    assert told["patient"] == "a"
    assert told["need_patient_banner"] is True
    assert told.keys() >= {"id_token", "refresh_token"}
    who = world.fhir(told["access_token"])
    kept = "patient/*.rs openid fhirUser launch/patient offline_access"
    assert who.text == f"patient a Patient/a {kept}"


def test_the_request_may_come_as_a_form(world):
    app = world.client()
    asked = ask(world, app)
    visitor = Visitor(world)
    visitor.log_in()
    onward = visitor.http.post(f"{world.url}/auth/authorize", data=asked.parameters)
    assert onward.status_code == 303
    page = visitor.http.get(onward.headers["Location"])
    code = received(visitor.submit(page, decision="allow"))["code"]
    assert exchange(world, app, asked, code).status_code == 200


def test_o094_a_form_of_another_kind_is_refused(world):
    asked = ask(world, world.client())
    answer = world.http.post(f"{world.url}/auth/authorize", json=asked.parameters)
    assert answer.status_code == 400
    multipart = {name: (None, value) for name, value in asked.parameters.items()}
    assert world.http.post(f"{world.url}/auth/authorize", files=multipart).status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="o001"),
        pytest.param({"response_type": None}, "unsupported_response_type", id="o001-none"),
        pytest.param({"response_type": 'co"de\\'}, "unsupported_response_type", id="o019"),
        pytest.param({"state": None}, "invalid_request", id="o002"),
        pytest.param({"aud": None}, "invalid_request", id="o003"),
        pytest.param({"aud": "https://other.example/fhir"}, "invalid_request", id="o004"),
        pytest.param({"resource": "https://other.example/fhir"}, "invalid_request", id="o005"),
        pytest.param({"code_challenge": None}, "invalid_request", id="o006"),
        pytest.param({"code_challenge": "short"}, "invalid_request", id="o007"),
        pytest.param({"code_challenge_method": None}, "invalid_request", id="o008"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="o009"),
        pytest.param({"request": "eyJhbGciOiJub25lIn0.e30."}, "invalid_request", id="o010"),
        pytest.param({"request_uri": "https://evil.example/r"}, "invalid_request", id="o011"),
        pytest.param({"response_mode": "fragment"}, "invalid_request", id="o012"),
        pytest.param({"scope": "system/*.rs"}, "invalid_scope", id="o013"),
        pytest.param({"scope": "patient/*.dus"}, "invalid_scope", id="o014"),
        pytest.param({"scope": "patient/Group.rs"}, "invalid_scope", id="o014-type"),
        pytest.param({"scope": None}, "invalid_scope", id="o014-nothing"),
        pytest.param({"scope": "launch patient/*.rs"}, "invalid_request", id="o015"),
        pytest.param({"launch": "guessed"}, "unauthorized_client", id="o016"),
        pytest.param({"prompt": "none"}, "login_required", id="o017"),
        pytest.param({"prompt": "none login"}, "invalid_request", id="o017-mixed"),
        pytest.param({"state": "s" * 3000}, "invalid_request", id="o018"),
    ],
)
def test_what_is_wrong_with_a_request_is_told_to_the_app_with_state_and_issuer(
    world, change, error
):
    asked = ask(world, world.client(), **change)
    answer = received(Visitor(world).get("/auth/authorize", **asked.parameters))
    assert answer["error"] == error
    assert answer["iss"] == world.url
    assert answer.get("state") == asked.parameters.get("state")
    assert "code" not in answer


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"client_id": "unknown"}, id="o020"),
        pytest.param({"client_id": None}, id="o020-none"),
        pytest.param({"client_id": "\N{CYRILLIC SMALL LETTER A}"}, id="o020-odd"),
        pytest.param({"redirect_uri": None}, id="o021"),
        pytest.param({"redirect_uri": "https://evil.example/"}, id="o022"),
        pytest.param({"redirect_uri": CALLBACK + "/"}, id="o023"),
        pytest.param({"redirect_uri": CALLBACK + "?x=1"}, id="o024"),
        pytest.param({"redirect_uri": CALLBACK + "#x"}, id="o025"),
        pytest.param({"redirect_uri": CALLBACK.upper()}, id="o026"),
        pytest.param({"redirect_uri": "https://app.example:443/callback"}, id="o027"),
        pytest.param({"redirect_uri": "https://app.example@evil.example/callback"}, id="o028"),
        pytest.param({"redirect_uri": "https://app.example/callback/../evil"}, id="o029"),
        pytest.param({"redirect_uri": 'https://evil.example/"\\'}, id="o030"),
        pytest.param({"redirect_uri": "javascript:alert(1)"}, id="o031"),
        pytest.param({"redirect_uri": "//evil.example"}, id="o032"),
    ],
)
def test_nobody_is_redirected_to_what_is_not_registered(world, change):
    asked = ask(world, world.client(), **change)
    answer = Visitor(world).get("/auth/authorize", **asked.parameters)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Location" not in answer.headers


def test_o033_a_parameter_that_comes_twice_is_refused_without_a_redirect(world):
    asked = ask(world, world.client())
    pairs = [*asked.parameters.items(), ("redirect_uri", "https://evil.example/")]
    answer = world.http.get(f"{world.url}/auth/authorize", params=pairs)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("more", [".evil", "//", "/Patient", "?x"])
def test_o004_an_audience_that_begins_like_ours_is_another(world, more):
    asked = ask(world, world.client(), aud=f"{world.url}/fhir{more}")
    answer = received(Visitor(world).get("/auth/authorize", **asked.parameters))
    assert answer["error"] == "invalid_request"


def test_resource_is_a_synonym_of_aud(world):
    asked = ask(world, world.client(), aud=None, resource=f"{world.url}/fhir")
    assert "code" in Visitor(world).allow(asked)


def test_o044_every_answer_to_an_app_names_its_issuer(world):
    """An app that talks to several servers knows whose code it was given: RFC 9207."""
    visitor = Visitor(world)
    asked = ask(world, world.client())
    refused = received(visitor.submit(visitor.consent_page(asked), decision="deny"))
    given = visitor.allow(asked)
    wrong = ask(world, world.client(), aud="https://other.example/fhir")
    told = received(visitor.get("/auth/authorize", **wrong.parameters))
    assert refused["iss"] == given["iss"] == told["iss"] == world.url
    document = world.http.get(f"{world.url}/.well-known/oauth-authorization-server").json()
    assert document["issuer"] == world.url
    assert document["authorization_response_iss_parameter_supported"] is True


def test_o104_a_refresh_or_access_token_is_no_code_and_the_reverse(world):
    app = world.client()
    asked = ask(world, app)
    code = Visitor(world).allow(asked)["code"]
    assert world.fhir(code).status_code == 401
    assert refreshed(world, app, code).json()["error"] == "invalid_grant"
    told = exchange(world, app, asked, code).json()
    for token in (told["access_token"], told["refresh_token"], told["id_token"]):
        answer = exchange(world, app, asked, token)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert world.fhir(told["id_token"]).status_code == 401


def test_o105_tokens_are_never_in_an_address(world):
    """What is in an address ends up in logs and histories: only the code may be there."""
    app = world.client()
    asked = ask(world, app)
    visitor = Visitor(world)
    answer = visitor.submit(visitor.consent_page(asked), decision="allow")
    assert received(answer).keys() == {"code", "state", "iss"}
    assert "#" not in answer.headers["Location"]
    told = exchange(world, app, asked, received(answer)["code"]).json()
    for name in ("authorize", "token", "introspect", "revoke"):
        found = world.http.get(f"{world.url}/auth/{name}?access_token={told['access_token']}")
        assert found.status_code in {400, 405}


def test_o034_a_code_lives_sixty_seconds(world):
    app = world.client()
    asked = ask(world, app)
    code = Visitor(world).allow(asked)["code"]
    world.clock.forward(61)
    answer = exchange(world, app, asked, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"code": "guessed"}, "invalid_grant", id="o035"),
        pytest.param({"code": None}, "invalid_request", id="o035-none"),
        pytest.param({"redirect_uri": "https://app.example/other"}, "invalid_grant", id="o036"),
        pytest.param({"redirect_uri": None}, "invalid_grant", id="o036-none"),
        pytest.param({"code_verifier": None}, "invalid_request", id="o037"),
        pytest.param({"code_verifier": "x" * 43}, "invalid_grant", id="o038"),
        pytest.param({"code_verifier": "short"}, "invalid_request", id="o038-short"),
        pytest.param({"code_verifier": "ё" * 50}, "invalid_request", id="o038-odd"),
    ],
)
def test_a_code_is_worth_nothing_without_all_that_it_is_bound_to(world, change, error):
    app = world.client()
    asked = ask(world, app)
    code = Visitor(world).allow(asked)["code"]
    answer = exchange(world, app, asked, code, **change)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert exchange(world, app, asked, code).status_code == 200


def test_o039_the_challenge_itself_is_not_taken_for_the_verifier(world):
    app = world.client()
    asked = ask(world, app)
    code = Visitor(world).allow(asked)["code"]
    answer = exchange(world, app, asked, code, code_verifier=asked.parameters["code_challenge"])
    assert answer.json()["error"] == "invalid_grant"


def test_o040_another_app_cannot_use_the_code(world):
    app, other = world.client(), world.client()
    asked = ask(world, app)
    code = Visitor(world).allow(asked)["code"]
    answer = exchange(world, other, asked, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert exchange(world, app, asked, code).status_code == 200


def test_o041_a_second_use_of_a_code_ends_every_token_that_came_of_it(both):
    app = both.client()
    asked = ask(both, app)
    code = Visitor(both).allow(asked)["code"]
    first = exchange(both, app, asked, code).json()
    assert both.fhir(first["access_token"]).status_code == 200
    again = exchange(both, app, asked, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    both.clock.forward(1)
    assert both.fhir(first["access_token"]).status_code == 401
    assert refreshed(both, app, first["refresh_token"]).json()["error"] == "invalid_grant"


def test_o042_of_fifty_exchanges_at_once_one_wins_and_its_tokens_are_ended(both):
    app = both.client()
    asked = ask(both, app)
    code = Visitor(both).allow(asked)["code"]
    answers: list[httpx.Response] = []
    barrier = threading.Barrier(50)

    def run() -> None:
        barrier.wait()
        answers.append(exchange(both, app, asked, code))

    threads = [threading.Thread(target=run) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(answers) == 50
    assert len(won) == 1
    assert {a.json()["error"] for a in answers if a.status_code != 200} == {"invalid_grant"}
    assert both.rows("SELECT count(*) FROM oauth_access")[0][0] == 1
    both.clock.forward(1)
    assert both.fhir(won[0]["access_token"]).status_code == 401


def test_o043_confidential_apps_prove_themselves_and_need_a_challenge_too(world):
    from smart_server import QUICK  # noqa: PLC0415

    app = world.client(secret=QUICK.hashed("s%cret+:é"))
    asked = ask(world, app, code_challenge=None)
    answer = received(Visitor(world).get("/auth/authorize", **asked.parameters))
    assert answer["error"] == "invalid_request"
    asked = ask(world, app)
    code = Visitor(world).allow(asked)["code"]
    refused = exchange(world, app, asked, code)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert "WWW-Authenticate" not in refused.headers
    wrong = exchange(world, app, asked, code, client_secret="wrong")
    assert wrong.status_code == 401
    assert exchange(world, app, asked, code, client_secret="s%cret+:é").status_code == 200


def test_o096_scopes_are_narrowed_to_the_registration_and_v1_stays_v1(world):
    app = world.client(scopes="openid patient/Observation.rs user/*.read launch/patient")
    told = granted(world, app, "openid patient/*.cruds user/*.read patient/Nothing.rs bogus")
    assert told["scope"] == "openid patient/Observation.rs user/*.read"
    assert "refresh_token" not in told


def test_o093_a_person_can_untick_a_scope(world):
    app = world.client()
    asked = ask(world, app, "openid patient/Observation.rs patient/Slot.rs offline_access")
    code = Visitor(world).allow(asked, scope=["patient/Slot.rs", "system/*.rs", "__launch"])
    told = exchange(world, app, asked, code["code"]).json()
    assert told["scope"] == "openid patient/Slot.rs"
    assert "refresh_token" not in told


def test_saying_no_is_told_to_the_app(world):
    visitor = Visitor(world)
    page = visitor.consent_page(ask(world, world.client()))
    assert received(visitor.submit(page, decision="deny"))["error"] == "access_denied"
    page = visitor.consent_page(ask(world, world.client(), "patient/*.rs"))
    nothing = visitor.submit(page, decision="allow", scope=[])
    assert received(nothing)["error"] == "access_denied"


def test_o095_a_practitioner_without_patients_cannot_give_patient_scopes(world):
    world.person("doctor", "Practitioner/p")
    told = granted(world, world.client(), "openid fhirUser patient/*.rs user/*.rs", "doctor")
    assert told["scope"] == "openid fhirUser user/*.rs"
    assert "patient" not in told
    assert world.fhir(told["access_token"]).text.startswith("user None Practitioner/p")
    asked = ask(world, world.client(), "patient/*.rs")
    visitor = Visitor(world)
    assert visitor.log_in("doctor").status_code == 303
    answer = received(visitor.get("/auth/authorize", **asked.parameters))
    assert answer["error"] == "access_denied"


def test_identity_alone_gives_no_right_to_resources(world):
    told = granted(world, world.client(), "openid")
    assert "patient" not in told
    who = world.fhir(told["access_token"])
    assert who.text == "user None Patient/a openid"


def test_prompt_and_max_age_make_the_person_log_in_again(world):
    app, visitor = world.client(), Visitor(world)
    visitor.log_in()
    asked = ask(world, app, prompt="login")
    page = visitor.get("/auth/authorize", **asked.parameters)
    assert 'name="password"' in page.text
    assert "code" in visitor.allow(asked)
    assert (
        "consent_required"
        in visitor.get("/auth/authorize", **ask(world, app, prompt="none").parameters).headers[
            "Location"
        ]
    )
    world.clock.forward(30)
    page = visitor.get("/auth/authorize", **ask(world, app, max_age="10").parameters)
    assert 'name="password"' in page.text


def test_everything_registered_is_what_can_be_granted_at_most(world):
    told = granted(world, world.client(), EVERYTHING.replace("launch ", ""))
    assert told["scope"] == EVERYTHING.replace("launch ", "")

"""What people meet: login, first visit, consent; and those who would have them do it blindly."""

import re
import threading
import time

import pytest
from smart_server import PASSWORD, Form, Visitor, ask, encoded, received

from fhirbridge.auth.smart.accounts import desk_code, desk_code_hash
from fhirbridge.auth.smart.records import DeskCode
from fhirbridge.auth.smart.texts import TEXTS, described


def test_o051_pages_allow_no_script_no_frame_and_are_not_kept(world):
    visitor = Visitor(world)
    asked = ask(world, world.client())
    pages = [
        visitor.get("/auth/login"),
        visitor.get("/auth/join"),
        visitor.get("/auth/authorize", **asked.parameters),
        visitor.get("/auth/authorize"),
        visitor.consent_page(asked),
        visitor.get("/auth/manage"),
    ]
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in page.headers
        assert not re.search(r"<script|javascript:|\son\w+=|style=", page.text)
        assert '<html lang="en">' in page.text
    assert "form-action 'self' https://app.example" in pages[4].headers["Content-Security-Policy"]


def test_o052_forms_may_lead_to_registered_apps_only(world):
    asked = ask(world, world.client(), redirect_uri="https://evil.example/")
    page = Visitor(world).get("/auth/login", request=encoded(asked.parameters))
    assert "evil" not in page.headers["Content-Security-Policy"]
    again = ask(world, world.client())
    page = Visitor(world).get("/auth/login", request=encoded(again.parameters))
    assert page.headers["Content-Security-Policy"].endswith("'self' https://app.example")


def test_every_field_has_a_label_and_every_page_a_heading(world):
    visitor = Visitor(world)
    for path in ("/auth/login", "/auth/join"):
        page = visitor.get(path).text
        inputs = re.findall(r'<input id="(\w+)"', page)
        assert set(inputs) == set(re.findall(r'<label for="(\w+)"', page))
        assert page.count("<h1>") == 1
        assert "<main>" in page


def test_i001_names_of_apps_are_text_never_markup(world):
    page = Visitor(world).consent_page(ask(world, world.client(name='<img src=x onerror="x">')))
    assert "<img" not in page.text
    assert "&lt;img src=x" in page.text


def test_pages_speak_russian_to_those_who_read_it(world):
    visitor = Visitor(world)
    russian = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}
    page = visitor.http.get(f"{world.url}/auth/login", headers=russian)
    assert '<html lang="ru">' in page.text
    assert "Неверное имя" not in page.text
    wrong = visitor.http.post(
        f"{world.url}/auth/login", data=Form(page.text).fields | {"name": "x"}, headers=russian
    )
    assert "Неверное имя пользователя или пароль." in wrong.text


def test_the_language_can_be_switched_and_stays_with_the_request_kept(world):
    visitor = Visitor(world)
    page = visitor.consent_page(ask(world, world.client()))
    (switch,) = re.findall(r'href="([^"]*lang=ru)"', page.text)
    russian = visitor.http.get(switch.replace("&amp;", "&"))
    assert "Разрешить доступ?" in russian.text
    assert 'lang="ru"' in visitor.get("/auth/manage").text
    assert "code" in received(visitor.submit(russian, decision="allow"))


def test_an_unknown_language_is_english(world):
    assert 'lang="en"' in Visitor(world).get("/auth/login", lang="xx").text
    assert 'lang="ru"' in Visitor(world).get("/auth/login", ui_locales="fr ru").text


def test_o057_a_wrong_name_and_a_wrong_password_look_the_same(world):
    world.person("off", "Patient/o")
    world.tables.users.disable("off", world.clock())
    answers = []
    for name, password in (
        ("anna", "wrong"),
        ("nobody", PASSWORD),
        ("off", PASSWORD),
        ("", ""),
        ("' OR 1=1 --", "x"),
        ("x" * 5000, "x" * 5000),
        ("anna", PASSWORD.upper()),
    ):
        visitor = Visitor(world)
        answer = visitor.log_in(name, password)
        assert answer.status_code == 403
        assert "session" not in str(answer.cookies)
        answers.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert len(set(answers)) == 1


def test_o058_a_wrong_name_costs_as_much_as_a_wrong_password(world, monkeypatch):
    costs = []
    original = type(world.parts.passwords).match

    def counted(self, password, kept):
        costs.append(1)
        return original(self, password, kept)

    monkeypatch.setattr(type(world.parts.passwords), "match", counted)
    Visitor(world).log_in("nobody", "x")
    Visitor(world).log_in("anna", "x")
    assert len(costs) == 2


def test_the_name_is_not_case_sensitive_and_the_password_is(world):
    assert Visitor(world).log_in(" ANNA ").status_code == 303
    assert Visitor(world).log_in("anna", PASSWORD + " ").status_code == 403


def test_o059_ten_wrong_passwords_shut_the_door_for_a_quarter_of_an_hour(both):
    for _ in range(10):
        assert Visitor(both).log_in("anna", "wrong").status_code == 403
    tired = Visitor(both).log_in()
    assert tired.status_code == 429
    assert int(tired.headers["Retry-After"]) == 900
    unknown = [Visitor(both).log_in("nobody", "wrong").status_code for _ in range(11)]
    assert unknown == [403] * 10 + [429]
    both.clock.forward(901)
    assert Visitor(both).log_in().status_code == 303


def test_o060_wrong_passwords_at_once_are_all_counted(both):
    threads = [
        threading.Thread(target=lambda: Visitor(both).log_in("anna", "wrong")) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Visitor(both).log_in().status_code == 429


def test_x017_no_password_is_long_enough_to_keep_the_server_busy(world):
    begun = time.process_time()
    assert Visitor(world).log_in("anna", "x" * 60_000).status_code in {403, 413}
    assert Visitor(world).log_in("anna", "x" * 2_000_000).status_code in {400, 413}
    assert time.process_time() - begun < 5


def test_o045_a_form_from_another_site_does_not_log_anybody_in(world):
    data = {"name": "anna", "password": PASSWORD, "request": "", "csrf": ""}
    assert Visitor(world).http.post(f"{world.url}/auth/login", data=data).status_code == 403
    victim, attacker = Visitor(world), Visitor(world)
    victim.get("/auth/login")
    stolen = Form(attacker.get("/auth/login").text).fields
    answer = victim.http.post(f"{world.url}/auth/login", data=data | stolen)
    assert answer.status_code == 403


def test_o046_a_form_from_another_site_does_not_consent(world):
    asked = ask(world, world.client())
    victim, attacker = Visitor(world), Visitor(world)
    victim.log_in()
    world.person("mallory", "Patient/m")
    stolen = Form(attacker.consent_page(asked, "mallory").text)
    data = stolen.fields | {"decision": "allow"}
    assert victim.http.post(stolen.action, data=data).status_code == 403
    assert victim.http.post(stolen.action, data=data | {"csrf": ""}).status_code == 403
    assert Visitor(world).http.post(stolen.action, data=data).status_code == 403
    assert world.rows("SELECT count(*) FROM oauth_grant")[0][0] == 0


def test_o047_the_consent_shown_is_the_consent_given(world):
    asked, other = ask(world, world.client()), ask(world, world.client(), "patient/*.cruds")
    visitor = Visitor(world)
    page = visitor.consent_page(asked)
    swapped = visitor.submit(page, decision="allow", request=encoded(other.parameters))
    assert swapped.status_code == 403


def test_o048_a_consent_form_is_of_no_use_after_logging_out(world):
    visitor = Visitor(world)
    page = visitor.consent_page(ask(world, world.client()))
    visitor.submit(visitor.get("/auth/manage"), nth=-1)
    assert visitor.submit(page, decision="allow").status_code == 403


def test_o049_logging_in_changes_the_session_and_cookies_are_out_of_reach(world):
    visitor = Visitor(world)
    visitor.http.cookies.set("fhirbridge-session", "planted", domain="127.0.0.1")
    answer = visitor.log_in()
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if "session" in c]
    assert "planted" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_o050_over_tls_cookies_are_bound_to_the_host_and_the_connection(world):
    from smart_server import Clock, running  # noqa: PLC0415

    with running(world.database, Clock(), issuer="https://fhir.example") as secure:
        answer = world.http.get(f"{secure.url}/auth/login")
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-fhirbridge-browser=")
    assert "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_o050_every_answer_over_tls_says_to_come_so_again_and_none_without(world):
    from smart_server import Clock, running  # noqa: PLC0415

    paths = [
        "/auth/login",
        "/auth/jwks.json",
        "/auth/token",
        "/fhir/.well-known/smart-configuration",
    ]
    with running(world.database, Clock(), issuer="https://fhir.example") as secure:
        told = [world.http.get(f"{secure.url}{path}").headers for path in paths]
    assert all("Strict-Transport-Security" in headers for headers in told)
    assert all(headers["X-Content-Type-Options"] == "nosniff" for headers in told)
    plain = world.http.get(f"{world.url}/auth/login")
    assert "Strict-Transport-Security" not in plain.headers


def test_a_session_ends_after_eight_hours_and_with_the_account(world):
    visitor = Visitor(world)
    visitor.log_in()
    assert 'name="password"' not in visitor.get("/auth/manage").text
    world.clock.forward(8 * 3600 + 1)
    assert 'name="password"' in visitor.get("/auth/manage").text
    visitor.log_in()
    world.tables.users.disable("anna", world.clock())
    assert 'name="password"' in visitor.get("/auth/manage").text


def test_o053_after_the_login_one_stays_on_this_server(world):
    visitor = Visitor(world)
    for text in ("https://evil.example", "//evil.example", "\\evil", "x=1", "prompt=none"):
        page = visitor.get("/auth/login", request=text)
        answer = visitor.submit(page, name="anna", password=PASSWORD)
        assert answer.headers["Location"].startswith("/auth/")


def test_o055_logging_out_needs_our_own_form(world):
    visitor = Visitor(world)
    visitor.log_in()
    visitor.http.post(f"{world.url}/auth/logout", data={"csrf": "x"})
    assert 'name="password"' not in visitor.get("/auth/manage").text


def invited(world, fhir_user="Patient/z", lifetime=3600):
    code, now = desk_code(), world.clock()
    until = now + lifetime * 1_000_000
    assert world.tables.users.invite(DeskCode(desk_code_hash(code), fhir_user, now, until))
    return code


def first_visit(world, code, name="zoya", password="a good password"):  # noqa: S107
    visitor = Visitor(world)
    page = visitor.get("/auth/join")
    return visitor.submit(page, code=code, name=name, password=password)


def test_o063_a_code_from_the_desk_makes_an_account_once(both):
    code = invited(both)
    answer = first_visit(both, code.lower().replace("-", " "))
    assert answer.headers["Location"] == "/auth/manage"
    assert both.tables.users.find("zoya").fhir_user == "Patient/z"
    assert Visitor(both).log_in("Zoya", "a good password").status_code == 303
    assert first_visit(both, code, name="thief").status_code == 403
    assert both.tables.users.find("thief") is None


def test_o063_a_code_used_at_once_by_many_makes_one_account(both):
    code = invited(both)
    threads = [
        threading.Thread(target=first_visit, args=(both, code, f"name{number}"))
        for number in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert both.rows("SELECT count(*) FROM account WHERE fhir_user = 'Patient/z'") == [(1,)]


def test_a_taken_name_leaves_the_code_usable(both):
    code = invited(both)
    assert first_visit(both, code, name="anna").status_code == 403
    assert both.tables.users.find("anna").fhir_user == "Patient/a"
    assert first_visit(both, code).status_code == 303


@pytest.mark.parametrize(
    ("name", "password"),
    [("zoya", "short"), ("zo", "a good password"), ("zoya-zoya1", "Zoya-Zoya1"), ("a b", "x" * 12)],
)
def test_o064_weak_passwords_and_odd_names_are_refused(world, name, password):
    code = invited(world)
    assert first_visit(world, code, name, password).status_code == 403
    assert first_visit(world, code).status_code == 303


def test_o062_old_and_guessed_codes_are_refused_and_guessing_ends(world):
    old = invited(world, lifetime=10)
    world.clock.forward(11)
    assert first_visit(world, old).status_code == 403
    answers = [first_visit(world, desk_code()).status_code for _ in range(21)]
    assert answers[-1] == 429
    assert first_visit(world, invited(world)).status_code == 429


def test_a_first_visit_goes_on_to_the_app(world):
    asked = ask(world, world.client())
    visitor = Visitor(world)
    page = visitor.get("/auth/join", request=encoded(asked.parameters))
    onward = visitor.submit(page, code=invited(world), name="zoya", password="a good password")
    assert onward.headers["Location"].startswith("/auth/authorize?")
    page = visitor.http.get(onward.headers["Location"])
    assert "code" in received(visitor.submit(page, decision="allow"))


def test_o056_a_get_changes_nothing(world):
    visitor = Visitor(world)
    visitor.log_in()
    assert visitor.get("/auth/consent", decision="allow").status_code == 405
    assert visitor.get("/auth/logout").status_code == 405
    assert 'name="password"' not in visitor.get("/auth/manage").text


def test_i002_hostile_bytes_get_a_page_and_no_error(world):
    for query in ("client_id=%00", "client_id=%ff%fe", "state=%0d%0aX: y", "a=1&a=2", "x" * 9000):
        answer = world.http.get(f"{world.url}/auth/authorize?{query}")
        assert answer.status_code == 400
    data = {"csrf": "x" * 100_000}
    assert world.http.post(f"{world.url}/auth/login", data=data).status_code == 400


def test_every_text_is_there_in_both_languages():
    for english, russian in TEXTS.values():
        assert english
        assert re.search("[а-яА-Я]", russian)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("patient/*.rs", "view: all records"),
        ("patient/*.read", "view: all records"),
        ("patient/Observation.cruds", "view and change: test results and observations"),
        ("user/Slot.*", "view and change: free times"),
        ("patient/Patient.write", "add or change: personal details"),
        ("patient/Patient.u", "add or change: personal details"),
        ("openid", "who you are here"),
        ("launch/patient", "which patient is open"),
        ("offline_access", "keep this access when you are not using it"),
    ],
)
def test_scopes_are_told_in_words(scope, words):
    assert described(scope, "en") == words
    assert described(scope, "ru") != words

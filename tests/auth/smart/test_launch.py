"""Apps opened from the clinic's portal, for the patient whose card is open there."""

import threading
from dataclasses import dataclass, field

import pytest
from smart_server import (
    QUICK,
    Clock,
    Form,
    Visitor,
    ask,
    encoded,
    exchange,
    granted,
    received,
    refreshed,
    running,
)

from fhirbridge.auth.smart.policy import PatientChoice

EHR = "launch openid fhirUser patient/*.rs"


@pytest.fixture
def portal(world):
    world.person("doctor", "Practitioner/p")
    return world.client(secret=QUICK.hashed("s"), scopes="__launch", redirect_uris="")


def handle(world, portal, target, **over):
    data = {"app": target.id, "user": "Practitioner/p", "patient": "b", "intent": "summary"} | over
    return world.post("launch", data, auth=(portal.id, "s"))


def test_a_doctor_opens_an_app_for_the_patient_on_the_screen(world, portal):
    app = world.client()
    answer = handle(world, portal, app)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["expires_in"] == 300
    told = granted(world, app, EHR, "doctor", launch=answer.json()["launch"])
    assert (told["patient"], told["intent"]) == ("b", "summary")
    assert told["need_patient_banner"] is True
    assert world.fhir(told["access_token"]).text.startswith("patient b Practitioner/p")


def test_o070_a_handle_works_once(world, portal):
    app = world.client()
    launch = handle(world, portal, app).json()["launch"]
    visitor, asked = Visitor(world), ask(world, app, EHR, launch=launch)
    first = visitor.consent_page(asked, "doctor")
    second = visitor.consent_page(asked, "doctor")
    assert "code" in received(visitor.submit(first, decision="allow"))
    assert received(visitor.submit(second, decision="allow"))["error"] == "invalid_request"
    answer = received(visitor.get("/auth/authorize", **asked.parameters))
    assert answer["error"] == "invalid_request"


def test_o071_of_many_consents_at_once_one_uses_the_handle(world, portal):
    app = world.client()
    launch = handle(world, portal, app).json()["launch"]
    visitor, asked = Visitor(world), ask(world, app, EHR, launch=launch)
    page = visitor.consent_page(asked, "doctor")
    answers = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(received(visitor.submit(page, decision="allow")))
        )
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("code" in answer for answer in answers) == 1


def test_o072_a_handle_is_bound_to_app_person_and_time(world, portal):
    app, other = world.client(), world.client()
    launch = handle(world, portal, app).json()["launch"]
    foreign = ask(world, other, EHR, launch=launch)
    answer = received(Visitor(world).get("/auth/authorize", **foreign.parameters))
    assert answer["error"] == "invalid_request"
    visitor, asked = Visitor(world), ask(world, app, EHR, launch=launch)
    visitor.log_in("anna")
    answer = received(visitor.get("/auth/authorize", **asked.parameters))
    assert answer["error"] == "access_denied"
    world.clock.forward(301)
    answer = received(visitor.get("/auth/authorize", **asked.parameters))
    assert answer["error"] == "invalid_request"


@pytest.mark.parametrize(
    "change",
    [
        {"app": "unknown"},
        {"user": "doctor"},
        {"user": "Practitioner/p/_history/1"},
        {"patient": "../b"},
        {"encounter": "e"},
        {"intent": "two words"},
        {"user": "Patient/a", "patient": "b"},
    ],
)
def test_o072_a_launch_names_things_that_are_there(world, portal, change):
    answer = handle(world, portal, world.client(), **change)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_o073_only_a_portal_that_proves_itself_launches(world, portal):
    app = world.client()
    data = {"app": app.id, "user": "Practitioner/p"}
    assert world.post("launch", data).status_code == 401
    assert world.post("launch", data, auth=(portal.id, "wrong")).status_code == 401
    ordinary = world.client(secret=QUICK.hashed("s"))
    answer = world.post("launch", data, auth=(ordinary.id, "s"))
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    public = world.client(scopes="__launch")
    assert world.post("launch", data | {"client_id": public.id}).status_code == 401


def test_an_encounter_travels_where_encounters_are_served(world, portal):
    with running(world.database, Clock(), types=frozenset({"Patient", "Encounter"})) as other:
        app = other.client(scopes="launch launch/encounter openid patient/*.rs")
        launch = handle(other, portal, app, encounter="e1").json()["launch"]
        told = granted(other, app, EHR, "doctor", launch=launch)
        assert told["encounter"] == "e1"
        document = other.http.get(f"{other.url}/fhir/.well-known/smart-configuration").json()
        assert "context-ehr-encounter" in document["capabilities"]


@dataclass
class Desk:
    """The patients of the practitioner `p`, as long as they are theirs."""

    patients: list[PatientChoice] = field(default_factory=list)

    def named(self, practitioner, name, most):
        mine = self.patients if practitioner == "p" else []
        return [one for one in mine if one.name.casefold().startswith(name.casefold())][:most]

    def has(self, practitioner, patient):
        return practitioner == "p" and any(one.id == patient for one in self.patients)


@pytest.fixture
def desk(world):
    """A server with a practitioner who has two patients, and their desk."""
    world.person("doctor", "Practitioner/p")
    found = Desk(
        [PatientChoice("x", "Xenia <b>", "1980-01-02"), PatientChoice("y", "Yuri", "1990")]
    )
    with running(world.database, Clock(), relations=found) as other:
        yield other, found


STANDALONE = "launch/patient patient/*.rs offline_access"


def test_o074_a_doctor_chooses_among_their_own_patients_only(desk):
    other, _ = desk
    app = other.client()
    asked = ask(other, app, STANDALONE)
    visitor = Visitor(other)
    page = visitor.consent_page(asked, "doctor")
    assert "Xenia &lt;b&gt;, born 1980-01-02" in page.text
    for chosen in ("z", "a", "", "x y", "../x"):
        stranger = received(visitor.submit(page, decision="allow", patient=chosen))
        assert stranger["error"] == "access_denied"
    unchosen = {"csrf": Form(page.text).fields["csrf"], "request": encoded(asked.parameters)}
    answer = visitor.http.post(
        f"{other.url}/auth/consent",
        data=unchosen | {"decision": "allow", "scope": STANDALONE.split()},
    )
    assert received(answer)["error"] == "access_denied"
    code = received(visitor.submit(page, decision="allow", patient="y"))["code"]
    assert exchange(other, app, asked, code).json()["patient"] == "y"


def test_a_doctor_finds_a_patient_by_name_and_the_ticks_stay(desk):
    other, found = desk
    found.patients += [PatientChoice(f"m{n}", f"Many {n}", "") for n in range(40)]
    app = other.client()
    asked = ask(other, app, STANDALONE + " patient/Slot.rs")
    visitor = Visitor(other)
    page = visitor.consent_page(asked, "doctor")
    assert page.text.count('type="radio"') == 30
    assert "Only some are shown" in page.text
    page = visitor.submit(page, decision="find", find="yuri", scope=["patient/Slot.rs"])
    assert (page.status_code, page.text.count('type="radio"')) == (200, 1)
    assert "Only some are shown" not in page.text
    assert 'value="yuri"' in page.text
    assert [line for line in page.text.split("<label") if " checked" in line and "Slot" in line]
    assert page.text.count(" checked") == 1
    nobody = visitor.submit(page, decision="find", find='"><script>')
    assert "None of your current patients" in nobody.text
    assert "<script>" not in nobody.text
    code = received(visitor.submit(page, decision="allow", patient="y", scope="patient/Slot.rs"))
    told = exchange(other, app, asked, code["code"]).json()
    assert (told["patient"], told["scope"]) == ("y", "launch/patient patient/Slot.rs")


def test_o106_what_a_doctor_chose_ends_when_they_have_to_do_with_the_patient_no_more(desk):
    other, found = desk
    app = other.client()
    asked = ask(other, app, STANDALONE)
    visitor = Visitor(other)
    page = visitor.consent_page(asked, "doctor")
    code = received(visitor.submit(page, decision="allow", patient="y"))["code"]
    told = exchange(other, app, asked, code).json()
    later = received(visitor.submit(page, decision="allow", patient="y"))["code"]
    told = refreshed(other, app, told["refresh_token"]).json()
    found.patients.pop()
    assert refreshed(other, app, told["refresh_token"]).json()["error"] == "invalid_grant"
    assert exchange(other, app, asked, later).json()["error"] == "invalid_grant"
    assert received(visitor.submit(page, decision="allow", patient="y"))["error"] == "access_denied"

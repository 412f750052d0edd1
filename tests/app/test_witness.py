"""Logins and consents on the whole product: each is one AuditEvent, or it does not happen."""

import os
import resource
from contextlib import contextmanager

import httpx
import pytest
from product_server import product
from smart_server import PASSWORD, SCOPES, Visitor, ask, exchange

from fhirbridge.fhir import json, models, schema
from fhirbridge.store.audit.reading import journals
from fhirbridge.sync.audit import Trail

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
OWN = "urn:fhirbridge:audit"
LIMIT = 12 * 2**20


@contextmanager
def no_file_grows(limit):
    """No file of this process grows past `limit` bytes: what a full disk does to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(params=["journal", "strict"])
def watched(request, tmp_path):
    with product(tmp_path, audit=request.param) as found:
        yield Watched(found)


@pytest.fixture
def journalled(tmp_path):
    with product(tmp_path) as found:
        yield Watched(found)


class Watched:
    """An installation, the browsers of its people, and its trail as auditors read it."""

    def __init__(self, installation):
        self.installation = installation
        self.url = installation.url
        self.browsers = []
        self.folder = installation.settings.audit_folder

    def post(self, path, data):
        return httpx.post(f"{self.url}/auth/{path}", data=data, timeout=30)

    def rows(self, sql):
        return self.installation.store.database.connection.rows(sql)

    def events(self):
        """Bring journals in, twice, and return every AuditEvent; each is valid."""
        for _ in range(2):
            Trail(self.installation.store, self.folder, self.installation.clock).bring_in()
        found = self.rows("SELECT body FROM resource WHERE type = 'AuditEvent' ORDER BY row")
        events = [json.parse(bytes(body)) for (body,) in found]
        for one in events:
            assert schema.check(one) + models.typed_check(one) == ()
        return events


def codes(event):
    """Return the type and subtypes of an event, its action and its outcome."""
    found = [event["type"], *event["subtype"]]
    return [(one["system"], one["code"]) for one in found], event["action"], event["outcome"]


def dicom(*numbers):
    return [(DICOM, number) for number in numbers]


def consented(watched):
    """Return the visitor who let an app in, and the app, which has its tokens."""
    app = watched.installation.client(redirect_uris="https://app.example/callback")
    visitor = Visitor(watched)
    asked = ask(watched, app, SCOPES)
    code = visitor.allow(asked)["code"]
    assert exchange(watched, app, asked, code).status_code == 200
    return visitor, app


def test_a_login_is_one_event_with_the_person_and_their_address(watched):
    Visitor(watched).log_in()
    (event,) = watched.events()
    assert codes(event) == (dicom("110114", "110122"), "E", "0")
    (agent,) = event["agent"]
    assert agent["who"] == {"reference": "Patient/a"}
    assert agent["requestor"]
    assert agent["network"] == {"address": "127.0.0.1", "type": "2"}
    assert "entity" not in event


def test_a_refused_login_is_an_event_of_somebody_unknown(watched):
    Visitor(watched).log_in("anna", "another password")
    Visitor(watched).log_in("typed-in-the-wrong-field", PASSWORD)
    found = watched.events()
    assert [codes(one) for one in found] == [(dicom("110114", "110122"), "E", "4")] * 2
    for event in found:
        (agent,) = event["agent"]
        assert "who" not in agent
        assert agent["network"]["address"] == "127.0.0.1"
    told = str(found)
    assert not [one for one in ("anna", "password", "typed-in", PASSWORD) if one in told]


def test_attempts_beyond_the_limit_and_wrong_desk_codes_are_refused_logins(journalled):
    visitor = Visitor(journalled)
    statuses = [visitor.log_in("anna", "another password").status_code for _ in range(30)]
    assert statuses[-1] == 429
    assert len(journalled.events()) == len(statuses)
    page = visitor.get("/auth/join")
    visitor.submit(page, code="AAAA-AAAA-AAAA", name="boris", password=PASSWORD)
    *_, last = journalled.events()
    assert codes(last) == (dicom("110114", "110122"), "E", "4")


def test_o108_o109_a_refused_app_and_a_reused_code_are_events(watched):
    app = watched.installation.client(redirect_uris="https://app.example/callback")
    asked = ask(watched, app, SCOPES)
    code = Visitor(watched).allow(asked)["code"]
    assert [exchange(watched, app, asked, code).status_code for _ in range(2)] == [200, 400]
    reused, refused = watched.events()[-2:]
    own = [(DICOM, "110113"), (DICOM, "110137"), (OWN, "token-reused")]
    assert codes(reused) == (own, "D", "4")
    assert {"reference": "Patient/a"} in [one["what"] for one in reused["entity"] if "what" in one]
    assert codes(refused) == ([(DICOM, "110114"), (OWN, "app-refused")], "E", "4")
    assert app.id in str(refused["agent"])


def test_a_consent_names_person_app_patient_and_scopes(watched):
    _, app = consented(watched)
    _, event = watched.events()
    attributes = (DICOM, "110137")
    assert codes(event) == ([(DICOM, "110113"), attributes, (OWN, "consent")], "C", "0")
    person, client = event["agent"]
    assert person["who"] == {"reference": "Patient/a"}
    assert client["who"] == {"identifier": {"value": app.id}}
    assert [person["requestor"], client["requestor"]] == [True, False]
    patients = [one["what"]["reference"] for one in event["entity"] if "what" in one]
    assert set(patients) == {"Patient/a"}
    (detail,) = [one["detail"] for one in event["entity"] if "detail" in one]
    told = {one["type"]: one["valueString"] for one in detail}
    assert set(told["scope"].split()) <= set(SCOPES.split())
    assert "patient/" in told["scope"]


def test_saying_no_taking_back_and_leaving_are_events(watched):
    visitor, app = consented(watched)
    visitor.submit(visitor.consent_page(ask(watched, app)), decision="deny")
    visitor.submit(visitor.get("/auth/manage"))
    visitor.submit(visitor.get("/auth/manage"))
    refused, withdrawal, logout = watched.events()[2:]
    assert codes(refused)[0][-1] == (OWN, "consent-refused")
    subtypes = [*dicom("110113", "110137"), (OWN, "withdrawal")]
    assert codes(withdrawal) == (subtypes, "D", "0")
    assert withdrawal["agent"][1]["who"] == {"identifier": {"value": app.id}}
    assert withdrawal["entity"][0]["what"] == {"reference": "Patient/a"}
    assert codes(logout) == (dicom("110114", "110123"), "E", "0")


def test_a_full_journal_stops_a_login(journalled):
    Visitor(journalled).log_in()
    (path,) = journals(journalled.folder)
    known = journalled.rows("SELECT count(*) FROM login_session")
    stranger = Visitor(journalled)
    page = stranger.get("/auth/login")
    os.truncate(path, LIMIT)
    with no_file_grows(LIMIT):
        refused = stranger.submit(page, name="anna", password=PASSWORD)
    assert refused.status_code == 503
    assert "fhirbridge-session" not in stranger.http.cookies
    assert journalled.rows("SELECT count(*) FROM login_session") == known
    assert stranger.log_in().status_code == 303

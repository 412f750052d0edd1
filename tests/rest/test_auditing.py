"""Every request leaves its record before the answer leaves; without a record there is no answer."""

import base64
import resource
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from rest_clinic import a_clinic, an_empty_clinic, fill, observation

from fhirbridge.app import application
from fhirbridge.fhir import json
from fhirbridge.resources.registry import definitions
from fhirbridge.store.audit.entry import Entry
from fhirbridge.store.audit.journal import Journal
from fhirbridge.store.audit.reading import journals, lines
from fhirbridge.store.audit.trail import Committed, Journalled
from fhirbridge.sync.audit import Trail

FHIR = "application/fhir+json"


class Trailing:
    """A clinic whose trail the test reads as auditors do: brought in, then searched."""

    def __init__(self, clinic, folder):
        self.folder = folder
        store = clinic.server.store
        server = replace(
            clinic.server, audit=Journalled(store, Journal(folder, clinic.clock, 10_000))
        )
        self.clinic = replace(clinic, app=application(server), server=server)
        self.ask = self.clinic.ask

    def entries(self):
        """Return what is in the journals."""
        found = [one for path in journals(self.folder) for one in lines(path, 0, 10_000)]
        return [Entry.parse(line.text) for line in found]

    def events(self):
        Trail(self.clinic.server.store, self.folder, self.clinic.clock).bring_in()
        rows = self.clinic.server.store.database.connection.rows(
            "SELECT body FROM resource WHERE type = 'AuditEvent' ORDER BY row"
        )
        return [json.parse(bytes(body)) for (body,) in rows]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return a_clinic(f"sqlite:///{tmp_path_factory.mktemp('audit')}/clinic.sqlite")


@pytest.fixture
def trailing(shared, tmp_path):
    return Trailing(shared, tmp_path / "audit")


@pytest.fixture
def own(tmp_path):
    return Trailing(a_clinic(f"sqlite:///{tmp_path}/own.sqlite"), tmp_path / "audit")


def kinds(event):
    return event["subtype"][0]["code"], event["action"], event["outcome"]


def about(event):
    found = (one.get("what", {}).get("reference") for one in event.get("entity", ()))
    return [one for one in found if one]


def query(event):
    (found,) = [one["query"] for one in event["entity"] if "query" in one]
    return base64.b64decode(found).decode()


ANSWERS = [
    ("patient", "/fhir/Patient/A", 200, "read"),
    ("patient", "/fhir/Observation?code=718-7", 200, "search-type"),
    ("patient", "/fhir/Slot?status=busy", 200, "search-type"),
    ("system", "/fhir?_type=Patient", 200, "search-system"),
    ("system", "/fhir/Patient/A/Observation", 200, "search-compartment"),
    ("system", "/fhir/Observation/a1/_history/1", 200, "vread"),
    ("system", "/fhir/Observation/a1/_history", 200, "history-instance"),
    ("system", "/fhir/Observation/_history", 200, "history-type"),
    ("system", "/fhir/_history", 200, "history-system"),
    ("patient", "/fhir/Binary/pdf", 200, "read"),
    (None, "/fhir/Patient/A", 401, "read"),
    ("forged", "/fhir/Observation?patient=A", 401, "search-type"),
    ("narrow", "/fhir/Observation", 403, "search-type"),
    ("patient", "/fhir/AuditEvent/x", 403, "read"),
    ("patient", "/fhir/Patient/B", 404, "read"),
    ("patient", "/fhir/Observation/gone-a", 410, "read"),
    ("patient", "/fhir/Observation?strange=1", 400, "search-type"),
    ("system", "/fhir/Nothing", 404, ""),
]


@pytest.mark.parametrize(("token", "path", "status", "interaction"), ANSWERS)
def test_every_answer_and_every_refusal_leaves_one_record(
    trailing, token, path, status, interaction
):
    for method in ["GET", "HEAD"]:
        assert trailing.ask(path, method, token=token).status == status
    found = trailing.entries()
    assert [one.interaction for one in found] == [interaction] * 2
    assert [one.status for one in found] == [status] * 2
    assert [one.method for one in found] == ["GET", "HEAD"]
    assert found[0].found == found[1].found


def test_what_is_open_to_all_leaves_none(trailing):
    for path in ["/fhir/metadata", "/health/live", "/health/ready"]:
        assert trailing.ask(path, token=None).status == 200
    assert trailing.ask("/fhir/Patient", "OPTIONS", token=None).status == 204
    assert trailing.entries() == []
    assert not trailing.folder.exists()


def test_the_fast_path_and_flask_leave_the_same(trailing):
    slow = replace(trailing.clinic, app=trailing.clinic.app.behind)
    for path in ["/fhir/Patient/A", "/fhir/Observation?code=718-7&_count=2", "/fhir/Patient/B"]:
        trailing.ask(path, token="patient")
        slow.ask(path, token="patient")
        fast, flask = trailing.entries()[-2:]
        assert fast == flask


def test_not_modified_is_an_access_too(trailing):
    etag = trailing.ask("/fhir/Patient/A")["ETag"]
    assert trailing.ask("/fhir/Patient/A", IF_NONE_MATCH=etag).status == 304
    assert [one.status for one in trailing.entries()] == [200, 304]


def test_the_event_says_who_what_when_from_where_and_under_which_grant(own):
    own.ask("/fhir/Observation?code=718-7&_count=2", token="patient", X_REQUEST_ID="abc-1")
    (event,) = own.events()
    assert kinds(event) == ("search-type", "E", "0")
    assert event["recorded"] == "2026-11-24T11:00:01.5Z"
    (agent,) = event["agent"]
    assert agent["who"] == {"reference": "Patient/A"}
    assert agent["requestor"] is True
    assert len(agent["policy"]) == 1
    assert own.clinic.tokens["patient"] not in json.dump(event).decode()
    assert about(event) == ["Patient/A", "Observation/a7", "Observation/a6"]
    assert query(event) == "Observation?code=718-7&_count=2"
    details = {
        d["type"]: d["valueString"] for one in event["entity"] for d in one.get("detail", ())
    }
    assert details == {"scope": "patient/*.rs", "request": "abc-1", "patient": "A"}


def test_the_address_is_the_connection_s_or_what_our_own_proxies_say(trailing):
    clinic = trailing.clinic
    behind = replace(clinic.server, proxies=2)
    hops = {"X_FORWARDED_FOR": "9.9.9.9, 10.1.1.1, 10.2.2.2"}
    clinic.ask("/fhir/Patient/A", **hops)
    for headers in [hops, {}]:
        replace(clinic, app=application(behind)).ask("/fhir/Patient/A", **headers)
    assert [one.address for one in trailing.entries()] == ["", "10.1.1.1", ""]


def test_a_posted_search_is_kept_with_its_form_and_with_what_was_found_under_pretty(own):
    form = b"code=718-7&patient=B"
    types = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    own.ask("/fhir/Observation/_search?_pretty=true", "POST", body=form, **types)
    (event,) = own.events()
    assert query(event) == "Observation?_pretty=true&code=718-7&patient=B"
    assert about(event) == ["Patient/B", "Observation/b1"]


def test_a_token_in_the_address_is_not_kept(trailing):
    token = trailing.clinic.tokens["system"]
    assert trailing.ask(f"/fhir/Patient?access_token={token}").status == 400
    assert token not in repr(trailing.entries())


def test_a_write_and_its_record_are_one_transaction(own):
    body = json.dump(observation("new", "B"))
    assert own.ask("/fhir/Observation/new", "PUT", body=body, CONTENT_TYPE=FHIR).status == 201
    assert own.ask("/fhir/Observation", "POST", body=body, CONTENT_TYPE=FHIR).status == 201
    assert own.ask("/fhir/Observation/new", "DELETE").status == 204
    assert own.ask("/fhir/Observation?_id=a2", "DELETE").status == 204
    assert own.entries() == []
    put, post, delete, conditional = own.events()
    assert [kinds(one) for one in (put, post, delete, conditional)] == [
        ("update", "U", "0"),
        ("create", "C", "0"),
        ("delete", "D", "0"),
        ("delete", "D", "0"),
    ]
    assert about(put) == ["Patient/B", "Observation/new"]
    assert about(post)[0] == "Patient/B"
    assert len(about(post)) == 2
    assert about(delete) == ["Patient/B", "Observation/new"]
    assert about(conditional) == ["Patient/A", "Observation/a2"]


def test_a_write_that_is_refused_is_in_the_journal_and_nothing_else_is(own):
    stale = {"IF_MATCH": 'W/"9"', "CONTENT_TYPE": FHIR}
    body = json.dump(observation("a1", "A"))
    assert own.ask("/fhir/Observation/a1", "PUT", body=body, **stale).status == 412
    assert [(one.interaction, one.status) for one in own.entries()] == [("update", 412)]


def bundle(type_, *requests):
    entries = [{"request": {"method": method, "url": url}} for method, url in requests]
    return json.dump({"resourceType": "Bundle", "type": type_, "entry": entries})


def test_a_batch_leaves_a_record_for_each_entry_and_one_for_all(own):
    body = bundle("batch", ("GET", "Patient/A"), ("GET", "Patient/none"), ("DELETE", "Patient/B"))
    assert own.ask("/fhir", "POST", body=body, CONTENT_TYPE=FHIR).status == 200
    found = Counter(
        (one.get("subtype", [{}])[0].get("code"), one["outcomeDesc"]) for one in own.events()
    )
    assert found == {
        ("read", "HTTP 200"): 1,
        ("read", "HTTP 404"): 1,
        ("delete", "HTTP 204"): 1,
        ("batch", "HTTP 200"): 1,
    }


def test_a_transaction_is_recorded_within_itself(own):
    body = bundle("transaction", ("DELETE", "Observation/a1"), ("GET", "Patient/A"))
    assert own.ask("/fhir", "POST", body=body, CONTENT_TYPE=FHIR).status == 200
    assert own.entries() == []
    read, all_ = own.events()
    assert kinds(read)[0] == "read"
    assert kinds(all_)[0] == "transaction"
    assert "Observation/a1" in about(all_)


def test_a_transaction_that_fails_is_recorded_as_a_failure_only(own):
    body = bundle("transaction", ("DELETE", "Observation/a1"), ("GET", "Patient/none"))
    assert own.ask("/fhir", "POST", body=body, CONTENT_TYPE=FHIR).status == 404
    assert [kinds(one) for one in own.events()] == [("transaction", "E", "4")]


def test_nobody_changes_or_deletes_an_event(own):
    own.ask("/fhir/Patient/A")
    (event,) = own.events()
    path, body = f"/fhir/AuditEvent/{event['id']}", json.dump(event)
    for method in ["PUT", "PATCH", "DELETE"]:
        assert own.ask(path, method, body=body, CONTENT_TYPE=FHIR).status == 405
    assert own.ask("/fhir/AuditEvent", "POST", body=body, CONTENT_TYPE=FHIR).status == 405
    entry = {"request": {"method": "DELETE", "url": f"AuditEvent/{event['id']}"}}
    body = json.dump({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert own.ask("/fhir", "POST", body=body, CONTENT_TYPE=FHIR).status >= 400
    assert own.ask(path).json["meta"]["versionId"] == "1"


def test_auditors_search_and_their_search_is_recorded(own):
    own.ask("/fhir/Observation/a1", token="patient")
    own.ask("/fhir/Patient/B", token="patient")
    own.events()
    ask = own.ask
    assert len(ask("/fhir/AuditEvent?agent=Patient/A").ids) == 2
    assert len(ask("/fhir/AuditEvent?patient=B&outcome=4").ids) == 1
    assert len(ask("/fhir/AuditEvent?entity=Observation/a1&date=ge2026-11-24").ids) == 1
    assert len(ask("/fhir/AuditEvent?subtype=read&action=R").ids) == 2
    assert ask("/fhir/AuditEvent", token="patient").status == 403
    assert len(ask("/fhir/AuditEvent?subtype=search-type").ids) == 0
    own.events()
    assert len(ask("/fhir/AuditEvent?subtype=search-type").ids) == 6


@contextmanager
def full_disk():
    """No file of this process grows past 7 bytes: what a full disk does to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (7, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refused(clinic):
    """Check that nothing is answered but what needs no record."""
    for token, path in [("patient", "/fhir/Patient/A"), ("system", "/fhir/Observation?patient=A")]:
        answer = clinic.ask(path, token=token)
        assert answer.status == 503
        assert answer.outcome == "transient"
        assert "Иванов".encode() not in answer.body
    for token in [None, "narrow"]:
        assert clinic.ask("/fhir/Observation", token=token).status == 503
    for path in ["/fhir/metadata", "/health/live", "/health/ready"]:
        assert clinic.ask(path, token=None).status == 200


def test_without_room_for_the_journal_nothing_is_answered(trailing, caplog):
    trailing.ask("/fhir/Patient/A", token="patient")
    with full_disk():
        refused(trailing.clinic)
    assert trailing.ask("/fhir/Patient/A", token="patient").status == 200
    assert {one.status for one in trailing.entries()} == {200}
    assert "journal cannot be written" in caplog.text


def test_without_a_place_for_the_journal_nothing_is_answered(shared):
    refused(Trailing(shared, Path("/dev/full")).clinic)


@pytest.fixture
def strict(database_url, tmp_path):
    clinic = a_clinic(database_url)
    server = replace(clinic.server, audit=Committed(clinic.server.store))
    yield replace(clinic, app=application(server), server=server)
    server.store.close()


READ_ONLY = {
    "sqlite": "PRAGMA query_only = {}",
    "postgresql": "SET default_transaction_read_only = {}",
}


def test_strict_commits_first_and_answers_nothing_when_it_cannot(strict, caplog):
    def count():
        return strict.server.store.database.connection.rows(
            "SELECT count(*) FROM resource WHERE type = 'AuditEvent'"
        )[0][0]

    assert strict.ask("/fhir/Patient/A", token="patient").status == 200
    assert strict.ask("/fhir/Patient/B", token="patient").status == 404
    assert strict.ask("/fhir/Patient/A", token=None).status == 401
    assert count() == 3
    assert len(strict.ask("/fhir/AuditEvent?entity=Patient/A&agent=Patient/A").ids) == 1
    kind = strict.url.partition(":")[0]
    connection = strict.server.store.database.connection
    connection.execute(READ_ONLY[kind].format("on"))
    refused(strict)
    connection.execute(READ_ONLY[kind].format("off"))
    assert count() == 4
    assert strict.ask("/fhir/Patient/A", token="patient").status == 200
    assert count() == 5


def test_patients_see_who_looked_only_where_that_is_open_and_only_redacted(tmp_path):
    clinic = an_empty_clinic(f"sqlite:///{tmp_path}/open.sqlite", audit_for_patients=True)
    fill(clinic.server.store, clinic.clock)
    own = Trailing(clinic, tmp_path / "audit")
    own.ask("/fhir/Observation?code=718-7&_count=100")
    own.ask("/fhir/Patient/B")
    own.ask("/fhir/Patient/B", token="patient")
    own.events()
    found = own.ask("/fhir/AuditEvent?_sort=-date", token="patient")
    (event,) = [entry["resource"] for entry in found.json["entry"]]
    assert about(event) == ["Patient/A"]
    assert set(event) <= {
        *("resourceType", "id", "meta", "type", "subtype", "action", "recorded", "outcome"),
        *("agent", "source", "entity"),
    }
    assert [set(agent) for agent in event["agent"]] == [{"type", "role", "requestor"}]
    assert "query" not in json.dump(event).decode()
    one = own.ask(f"/fhir/AuditEvent/{event['id']}", token="patient")
    assert one.json == event
    for closed in ["agent", "entity", "address", "policy", "outcome"]:
        assert own.ask(f"/fhir/AuditEvent?{closed}=x", token="patient").status == 400
    assert own.ask("/fhir/AuditEvent?_include=AuditEvent:agent", token="patient").status == 400
    assert len(own.ask("/fhir/AuditEvent?action=E&patient=A", token="patient").ids) == 1
    assert own.ask("/fhir/AuditEvent?patient=B", token="patient").ids == []
    assert len(own.ask("/fhir/AuditEvent", token="other").ids) == 3


def test_every_type_but_the_trail_itself_is_the_same_where_it_is_open():
    opened, closed = definitions(audit_for_patients=True), definitions()
    assert [type_ for type_ in closed if opened[type_] is not closed[type_]] == ["AuditEvent"]

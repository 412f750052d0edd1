"""Journals become AuditEvents, each entry once, whatever happens on the way."""

import os
import signal
import threading
from collections import Counter

import pytest
from mortal_worker import doom
from rest_clinic import a_clinic

from fhirbridge.fhir import json, models, schema
from fhirbridge.store.audit.entry import Entry
from fhirbridge.store.audit.journal import Journal
from fhirbridge.store.audit.reading import journals
from fhirbridge.sync.audit import BATCH, Trail


@pytest.fixture
def clinic(database_url):
    made = a_clinic(database_url)
    yield made
    made.server.store.close()


@pytest.fixture
def journal(clinic, tmp_path):
    made = Journal(tmp_path / "audit", clinic.clock)
    yield made
    made.close()


@pytest.fixture
def trail(clinic, tmp_path):
    return Trail(clinic.server.store, tmp_path / "audit", clinic.clock)


def entry(number, id_="a1"):
    return Entry(
        1_795_518_000_000_000 + number, "read", "GET", "Observation", id_, number=f"n{number}"
    )


def events(clinic):
    """Return every AuditEvent, and check that each is valid and has one version."""
    rows = clinic.server.store.database.connection.rows(
        "SELECT body, version FROM resource WHERE type = 'AuditEvent' ORDER BY row"
    )
    found = [json.parse(bytes(body)) for body, _ in rows]
    for one in found[:20]:
        assert schema.check(one) + models.typed_check(one) == ()
    assert {version for _, version in rows} <= {1}
    return found


def numbers(clinic):
    return Counter(
        detail["valueString"]
        for event in events(clinic)
        for entity in event["entity"]
        for detail in entity.get("detail", ())
        if detail["type"] == "request"
    )


def test_entries_come_in_once_while_the_file_is_written_and_it_goes_when_it_is_not(
    clinic, journal, trail
):
    for number in range(3):
        journal.append(entry(number).line())
    assert [trail.bring_in(), trail.bring_in()] == [3, 0]
    journal.append(entry(3).line())
    assert trail.bring_in() == 1
    assert len(journals(trail.folder)) == 1
    journal.close()
    assert trail.bring_in() == 0
    assert list(trail.folder.iterdir()) == []
    assert numbers(clinic) == Counter(f"n{n}" for n in range(4))
    assert clinic.server.store.cursors.all() == []


def test_an_event_says_whom_the_access_concerned(clinic, journal, trail):
    journal.append(entry(1, "b1")._replace(found=("Observation/a1", "Slot/nine")).line())
    trail.bring_in()
    (event,) = events(clinic)
    about = [one["what"]["reference"] for one in event["entity"] if "what" in one]
    assert about == ["Patient/A", "Patient/B", "Observation/b1", "Observation/a1", "Slot/nine"]
    found = clinic.ask("/fhir/AuditEvent?patient=B&entity=Slot/nine&action=R").ids
    assert found == [event["id"]]


def test_a_line_that_was_cut_off_is_no_entry(clinic, journal, trail):
    journal.append(entry(1).line())
    journal.append(entry(2).line()[:-20])
    journal.close()
    assert trail.bring_in() == 1
    assert list(trail.folder.iterdir()) == []
    assert numbers(clinic) == {"n1": 1}


def test_damage_is_told_in_the_trail_and_the_file_is_kept(clinic, journal, trail):
    journal.append(entry(1).line())
    journal.append(b"0" + entry(2).line())
    journal.append(entry(3).line())
    journal.close()
    assert [trail.bring_in(), trail.bring_in()] == [3, 0]
    assert [one.suffix for one in trail.folder.iterdir()] == [".damaged"]
    found = events(clinic)
    assert [one["outcome"] for one in found if "damaged" in one["outcomeDesc"]] == ["8"]
    assert len(found) == 3


def test_one_call_does_no_more_than_it_may(clinic, journal, trail):
    for number in range(2 * BATCH + 10):
        journal.append(entry(number).line())
    journal.close()
    assert trail.bring_in(BATCH) == BATCH
    assert trail.bring_in(BATCH) == BATCH
    assert [trail.bring_in(BATCH), trail.bring_in(BATCH)] == [10, 0]
    assert set(numbers(clinic).values()) == {1}


def test_two_importers_at_once_store_each_entry_once(clinic, journal, trail):
    for number in range(3 * BATCH):
        journal.append(entry(number).line())
    journal.close()
    threads = [threading.Thread(target=trail.bring_in) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    trail.bring_in()
    assert numbers(clinic) == Counter(f"n{n}" for n in range(3 * BATCH))
    assert list(trail.folder.iterdir()) == []


def test_an_importer_killed_at_any_point_imports_neither_twice_nor_never(clinic, journal, trail):
    for number in range(BATCH + 20):
        journal.append(entry(number).line())
    journal.close()
    statement, kills, known = 1, 0, 0
    while killed_at(statement, trail):
        stored = sum(numbers(clinic).values())
        # Each step forward is killed at its every statement as well.
        statement = 1 if stored > known else statement + 1
        known, kills = stored, kills + 1
    assert kills > 20
    trail.bring_in()
    assert numbers(clinic) == Counter(f"n{n}" for n in range(BATCH + 20))
    assert list(trail.folder.iterdir()) == []


def killed_at(statement, trail):
    """Bring in, in a process that dies before that statement to the database, if it gets there."""
    child = os.fork()
    if child == 0:
        doom(statement)
        trail.bring_in()
        os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL

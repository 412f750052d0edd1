"""Outbox rows: done once, given back after a failure, given up when nothing helps."""

import pytest
from clinic import written

from fhirbridge.sync.desk import MOST_ATTEMPTS, OutboxDesk

DOCTORS = "/medapi/doctors"
MINUTE = 60_000_000


class Bell:
    def __init__(self):
        self.rung = []

    def __call__(self, queue, row, attempt):
        self.rung.append((queue, row))


@pytest.fixture
def told(sqlite_url):
    with written(sqlite_url) as (made, answers):
        yield made, answers, OutboxDesk(made.bridge, Bell())


def counts(made):
    return made.bridge.store.run(lambda tx: tx.outbox.count())


def errors(made):
    return [row[0] for row in made.rows("SELECT error FROM outbox WHERE error IS NOT NULL")]


def doctor(number):
    row = {"guid": f"00000000-0000-4000-8000-{number:012}", "fullName": f"Врачёва {number}"}
    return row | {"active": True}


def test_a_beginning_rings_for_lists_and_lets_the_rest_follow(told):
    made, answers, desk = told
    answers[DOCTORS] = [doctor(1)]
    assert len(desk.begin("onec")) == len(desk.bell.rung) == 3
    desk.drain()
    assert counts(made) == {"done": counts(made)["done"]}
    assert [path for path in answers.asked if "/schedule/" in path]
    assert answers.asked.index(DOCTORS) < next(
        at for at, path in enumerate(answers.asked) if "/schedule/" in path
    )


def test_a_row_is_done_once(told):
    _, answers, desk = told
    desk.refresh("onec", "directory")
    desk.drain()
    for row in (1, 2):
        desk.attend(row)
    assert answers.asked == [DOCTORS]


def test_what_waits_already_is_not_added_again(told):
    made, _, desk = told
    for _ in range(3):
        desk.refresh("onec", "directory")
    assert counts(made) == {"due": 1}


def test_a_failing_source_gets_its_row_again_later(told):
    made, answers, desk = told
    answers[DOCTORS] = (200, "text/html", b"<html>")
    desk.refresh("onec", "directory")
    desk.drain()
    assert counts(made) == {"done": 1, "due": 1}
    assert errors(made)[0].startswith("not-data")
    answers[DOCTORS] = [doctor(1)]
    made.wait(2)
    desk.drain()
    assert counts(made) == {"done": 2}
    assert len(made.resources("Practitioner")) == 1


def test_the_report_of_a_failed_run_says_why(told):
    made, answers, desk = told
    answers[DOCTORS] = (200, "text/html", b"<html>")
    desk.refresh("onec", "directory")
    desk.drain()
    (run,) = made.bridge.store.run(lambda tx: tx.runs.last("onec"))
    assert (run.state, run.report["failures"]) == ("failed", {"not-data": 1})


def test_a_source_that_refuses_the_login_is_left_alone(told):
    made, answers, desk = told
    answers[DOCTORS] = (401, "text/plain", b"?")
    desk.refresh("onec", "directory")
    desk.drain()
    asked = len(answers.asked)
    desk.refresh("onec", "near-appointments")
    desk.drain()
    made.wait(10)
    desk.drain()
    assert len(answers.asked) == asked
    answers[DOCTORS] = [doctor(1)]
    made.wait(10)
    desk.drain()
    assert counts(made).get("due") is None
    assert len(made.resources("Practitioner")) == 1


def test_another_source_goes_on_meanwhile(told):
    _made, answers, desk = told
    answers[DOCTORS] = (401, "text/plain", b"?")
    desk.refresh("onec", "directory")
    desk.refresh("qlab", "open-orders")
    desk.drain()
    assert "/orders" in answers.asked


def test_a_failure_of_our_own_does_not_come_back_for_ever(told, monkeypatch):
    made, _answers, desk = told

    def broken(self, work):
        raise ZeroDivisionError

    monkeypatch.setattr(OutboxDesk, "_plan", broken)
    desk.refresh("onec", "directory")
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            desk.attend(1)
        made.wait(2)
    desk.attend(1)
    assert counts(made) == {"failed": 1}
    assert errors(made) == ["ZeroDivisionError"]


def test_work_done_after_the_lease_ran_out_counts_for_nothing(told):
    made, answers, desk = told
    answers[DOCTORS] = [doctor(1)]
    desk.refresh("onec", "directory")
    desk.attend(1)
    source = made.bridge.links["onec"].source
    fetch = source.fetch

    def slow(stream, **parameters):
        made.wait(10)
        made.bridge.store.run(lambda tx: tx.outbox.claim(made.bridge.clock(), 10**9, id_=2))
        return fetch(stream, **parameters)

    source.fetch = slow
    desk.attend(2)
    assert made.resources("Practitioner") == {}
    assert counts(made) == {"done": 1, "due": 1}


def test_what_expired_goes_once_a_day(told):
    made, _, desk = told
    database, now = made.bridge.store.database, made.bridge.clock()
    for jti, expires in (("old", now - 1), ("new", now + MINUTE)):
        row = ("a", jti, expires)
        database.execute("INSERT INTO oauth_assertion (client, jti, expires) VALUES (?, ?, ?)", row)
    desk.tidy()
    assert made.rows("SELECT jti FROM oauth_assertion") == [("new",)]

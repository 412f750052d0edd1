"""Kept records, quarantine, notes, work, positions, runs, identities and tokens."""

from dataclasses import dataclass

import pytest

from fhirbridge.store.issues import QualityNote
from fhirbridge.store.records import Kept
from fhirbridge.store.store import Store
from fhirbridge.store.tokens import Token

SECOND = 1_000_000


def test_a_record_is_kept_once_however_often_it_comes(store: Store) -> None:
    with store.transaction() as transaction:
        keep = transaction.records.keep
        first = keep("lab", "results", "k", "Гемоглобин".encode(), 1)
        assert first.changed
        assert keep("lab", "results", "k", "Гемоглобин".encode(), 2) == Kept(
            first.id, changed=False
        )
        second = keep("lab", "results", "k", b"other", 3)
        assert second.changed
        assert keep("lab", "orders", "k", b"other", 3).id not in {first.id, second.id}
        old, new = transaction.records.get(first.id), transaction.records.get(second.id)
    assert old is not None
    assert new is not None
    assert (old.body.decode(), old.received) == ("Гемоглобин", 1)
    assert new.body == b"other"
    assert store.database.connection.rows("SELECT count(*) FROM record") == [(3,)]


def test_what_comes_back_to_an_older_content_is_new_again(store: Store) -> None:
    with store.transaction() as transaction:
        kept = [
            transaction.records.keep("lab", "results", "k", body, 1).changed
            for body in (b"a", b"b", b"a")
        ]
    assert kept == [True, True, True]


def test_the_newest_of_every_key_is_read_in_order(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fhirbridge.store.records.BATCH", 2)
    with store.transaction() as transaction:
        for number in range(5):
            transaction.records.keep("lab", "results", str(number), b"old", 1)
        transaction.records.keep("lab", "results", "1", b"new", 2)
        transaction.records.keep("lab", "orders", "o", b"order", 3)
        transaction.records.keep("other", "results", "o", b"x", 3)
        found = [(one.key, one.body) for one in transaction.records.of("lab", "results")]
        all_streams = [one.key for one in transaction.records.of("lab")]
    assert found == [("0", b"old"), ("2", b"old"), ("3", b"old"), ("4", b"old"), ("1", b"new")]
    assert all_streams == ["0", "2", "3", "4", "1", "o"]


def test_an_item_is_one_case_until_it_is_settled(store: Store) -> None:
    with store.transaction() as transaction:
        cases = transaction.quarantine
        first = transaction.records.keep("lab", "results", "k", b"1", 1).id
        case = cases.hold(first, "item", "a.yaml", "unknown-code", "HGB2", now=10)
        other = cases.hold(first, "item2", "a.yaml", "unknown-unit", "x", now=10)
        second = transaction.records.keep("lab", "results", "k", b"2", 2).id
        assert cases.hold(second, "item", "a.yaml", "unknown-code", "HGB3", now=20) == case
        shown = cases.show(case)
        assert shown is not None
        assert (shown.record, shown.reason, shown.held) == (second, "HGB3", 10)
        assert cases.count() == {"unknown-code": 1, "unknown-unit": 1}
        assert cases.settle(second, {("item", "a.yaml")}, now=30) == 1
        assert [one.id for one in cases.list("lab")] == [case]
        assert cases.list("elsewhere") == []
        assert not cases.release(other, now=40)
        assert cases.hold(second, "item2", "a.yaml", "again", "x", now=50) == other
        reopened = cases.show(other)
    assert reopened is not None
    assert (reopened.held, reopened.released) == (50, None)


def test_cases_are_listed_a_page_at_a_time(store: Store) -> None:
    with store.transaction() as transaction:
        record = transaction.records.keep("lab", "results", "k", b"1", 1).id
        ids = [transaction.quarantine.hold(record, str(n), "m", "c", "r", now=n) for n in range(5)]
        page = transaction.quarantine.list(limit=2)
        rest = transaction.quarantine.list(after=page[-1].id)
    assert [one.id for one in (*page, *rest)] == ids


def test_a_note_is_made_once_and_renewed(store: Store) -> None:
    note = QualityNote("lab", "results", "HGB", "unit", "first", None, 1)
    with store.transaction() as transaction:
        transaction.issues.note(note)
        transaction.issues.note(QualityNote("lab", "results", "HGB", "unit", "second", 7, 2))
        found = transaction.issues.list("lab")
        assert transaction.issues.list("other") == []
    assert [(one.detail, one.record, one.noted) for one in found] == [("second", 7, 1)]


def test_work_is_claimed_once_and_done(store: Store) -> None:
    with store.transaction() as transaction:
        outbox = transaction.outbox
        number = outbox.add("book", {"appointment": "a1"}, now=0)
        work = outbox.claim(1, 10 * SECOND)
        assert work is not None
        assert (work.id, work.payload, work.attempts) == (number, {"appointment": "a1"}, 1)
        assert outbox.claim(2, SECOND) is None
        assert outbox.done(work)
        assert not outbox.done(work)
        assert outbox.count() == {"done": 1}


def test_a_lost_lease_is_taken_over_and_its_holder_refused(store: Store) -> None:
    with store.transaction() as transaction:
        outbox = transaction.outbox
        outbox.add("book", {}, now=0)
        slow = outbox.claim(1, SECOND)
        assert outbox.due(SECOND) == []
        late = outbox.claim(2 * SECOND, SECOND)
        assert slow is not None
        assert late is not None
        assert late.fence == slow.fence + 1
        assert not outbox.done(slow)
        assert not outbox.fail(slow, "x", retry_at=None)
        assert outbox.done(late)


def test_failed_work_comes_back_when_it_is_due_or_never(store: Store) -> None:
    with store.transaction() as transaction:
        outbox = transaction.outbox
        number = outbox.add("book", {}, now=0)
        work = outbox.claim(0, SECOND)
        assert work is not None
        assert outbox.fail(work, "busy", retry_at=5 * SECOND)
        assert outbox.claim(4 * SECOND, SECOND) is None
        assert outbox.due(5 * SECOND) == [number]
        again = outbox.claim(5 * SECOND, SECOND)
        assert again is not None
        assert outbox.fail(again, "no", retry_at=None)
        assert outbox.claim(10**12, SECOND) is None
        assert outbox.count() == {"failed": 1}


def test_work_can_be_claimed_by_number_and_kind_and_later(store: Store) -> None:
    with store.transaction() as transaction:
        outbox = transaction.outbox
        first = outbox.add("book", {}, now=0)
        second = outbox.add("notify", {}, now=0)
        later = outbox.add("notify", {}, now=0, due=100)
        assert outbox.claim(0, 1, id_=later) is None
        chosen = outbox.claim(0, SECOND, id_=second)
        assert chosen is not None
        assert chosen.id == second
        assert outbox.claim(0, SECOND, kinds=["notify"]) is None
        kind = outbox.claim(0, SECOND, kinds=["notify", "book"])
        assert kind is not None
        assert kind.id == first


def test_a_position_is_the_last_one_set(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.cursors.set("lab", "results", "1", now=1)
        transaction.cursors.set("lab", "results", "2", now=2)
        transaction.cursors.set("onec", "doctors", "", now=3)
    position = store.cursors.get("lab", "results")
    assert position is not None
    assert (position.value, position.read) == ("2", 2)
    assert store.cursors.get("lab", "none") is None
    assert [one.source for one in store.cursors.all()] == ["lab", "onec"]


def test_a_run_tells_how_it_ended(store: Store) -> None:
    with store.transaction() as transaction:
        runs = transaction.runs
        killed = runs.start("lab", "results", now=1)
        done = runs.start("lab", "results", now=2)
        runs.finish(done, "done", {"mapped": 3}, now=5)
        found = runs.last("lab", "results", limit=5)
        assert runs.last("lab") == found[:1]
        assert runs.last("lab", "orders") == []
    assert [(one.id, one.state, one.report, one.finished) for one in found] == [
        (done, "done", {"mapped": 3}, 5),
        (killed, "running", {}, None),
    ]


def test_a_key_keeps_its_meaning_and_a_contradiction_is_noted_once(store: Store) -> None:
    with store.transaction() as transaction:
        identities = transaction.identities
        assert identities.find("lab", "snils", "h1") is None
        assert identities.bind("lab", "snils", "h1", "p1", now=1) == "p1"
        assert identities.bind("lab", "snils", "h1", "p1", now=2) == "p1"
        assert identities.bind("lab", "snils", "h1", "p2", now=3) == "p1"
        assert identities.bind("lab", "snils", "h1", "p2", now=4) == "p1"
        [conflict] = identities.conflicts()
        assert (conflict.patient, conflict.other, conflict.noted) == ("p1", "p2", 3)
        assert identities.settle(conflict.id, now=5)
        assert not identities.settle(conflict.id, now=6)
        assert identities.conflicts() == []


def test_keys_of_a_merged_patient_mean_the_one_that_remains(store: Store) -> None:
    with store.transaction() as transaction:
        identities = transaction.identities
        identities.bind("lab", "id", "1", "old", now=1)
        identities.bind("onec", "id", "2", "kept", now=1)
        identities.merge(["old"], "kept", now=2)
        assert identities.find("lab", "id", "1") == "kept"
        assert identities.keys("kept") == [("lab", "id", "1"), ("onec", "id", "2")]
        assert identities.keys("old") == []


@dataclass(frozen=True)
class Grant:
    hash: bytes = b"h"
    kind: str = "patient"
    scopes: str = "patient/*.rs"
    patient: str | None = "p1"
    user: str | None = None
    client: str | None = "app"
    issued: int = 1
    expires: int = 100


def test_a_token_is_found_until_it_is_revoked(store: Store) -> None:
    assert store.tokens.find(b"h") is None
    store.tokens.add(Grant())
    assert store.tokens.find(b"h") == Token(
        b"h", "patient", "patient/*.rs", "p1", None, "app", 1, 100
    )
    assert store.tokens.revoke(b"h")
    assert not store.tokens.revoke(b"h")
    assert store.tokens.find(b"h") is None


def test_expired_tokens_can_be_forgotten(store: Store) -> None:
    store.tokens.add(Grant())
    assert store.tokens.forget_expired(100) == 0
    assert store.tokens.forget_expired(101) == 1


def test_the_newest_record_of_a_key_and_its_open_cases_can_be_asked_for(store: Store) -> None:
    with store.transaction() as transaction:
        records, cases = transaction.records, transaction.quarantine
        records.keep("lab", "results", "k", b"1", 1)
        newest = records.keep("lab", "results", "k", b"2", 2).id
        found = records.newest("lab", "results", "k")
        assert found is not None
        assert (found.id, found.body) == (newest, b"2")
        assert records.newest("lab", "results", "none") is None
        assert not cases.waiting(newest)
        case = cases.hold(newest, "item", "m", "c", "r", now=1)
        assert cases.waiting(newest)
        cases.release(case, now=2)
        assert not cases.waiting(newest)

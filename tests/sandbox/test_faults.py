import httpx
import pytest
from sandboxed import TUESDAY, stage

from fhirbridge.sandbox.faults import NAMES
from fhirbridge.sources import errors

MEANS = {
    "auth-401": errors.Denied,
    "licence-none-ru": errors.LicenceRefused,
    "licence-none-en": errors.LicenceRefused,
    "licence-not-found-ru": errors.LicenceRefused,
    "session-pool-timeout-406": errors.LicenceRefused,
    "session-gone-400": errors.SessionLost,
    "base-locked-403": errors.Locked,
    "platform-html-500": errors.Unavailable,
    "handler-500": errors.Crashed,
    "handler-in-200": errors.Crashed,
    "publication-404": errors.NotPublished,
    "gateway-502": errors.Unavailable,
    "server-error-json": errors.Unavailable,
    "gateway-page-in-200": errors.NotData,
    "empty-200": errors.NotData,
    "empty-list-200": None,
    "rate-429": errors.Throttled,
    "unavailable-503": errors.Unavailable,
    "verb-405": errors.NotPublished,
    "pdf-not-ready": errors.NotPublished,
    "half-list": None,
    "other-doctor": None,
    "shouted-statuses": None,
    "pdf-is-html": errors.NotData,
    "pdf-empty": errors.NotData,
    "key-rotated": errors.Denied,
    "double-encoded-json": None,
    "bom": None,
    "cp1251": errors.NotData,
    "wrong-content-type": None,
    "truncated": errors.Unavailable,
    "drip": errors.Unavailable,
    "endless": errors.TooLarge,
    "answer-lost": errors.Unavailable,
    "redirect-elsewhere": errors.NotPublished,
    "slow": None,
}
QUICK = {"total_seconds": 2.5, "max_bytes": 1_000_000}


@pytest.fixture(scope="module")
def play():
    with stage(limits=QUICK) as one:
        yield one


def test_every_fault_is_tried():
    assert set(MEANS) == NAMES


@pytest.mark.parametrize("name", sorted(MEANS))
def test_a_fault_that_was_ordered_happens_once_and_is_understood(play, name):
    play.control(play.onec_url, fault=name, path="doctors")
    if MEANS[name] is None:
        assert play.onec.fetch("doctors").complete
    else:
        with pytest.raises(errors.SourceError) as caught:
            play.onec.fetch("doctors")
        assert type(caught.value) is MEANS[name]
    assert len(play.onec.fetch("doctors").items) == 16


def test_a_fault_is_kept_for_the_path_it_was_ordered_for_until_it_is_cleared(play):
    play.control(play.onec_url, fault="gateway-502", path="schedule", times=5)
    assert play.onec.fetch("doctors").items
    who = play.world.doctors[0].guid
    with pytest.raises(errors.Unavailable):
        play.onec.fetch("schedule", doctor=who, date=TUESDAY.date())
    play.control(play.onec_url, clear=True)
    assert play.onec.fetch("schedule", doctor=who, date=TUESDAY.date()).items


def test_a_fault_can_be_asked_for_by_one_request(play):
    headers = {"X-Sandbox-Fault": "gateway-page-in-200", "X-Api-Key": "sandbox-key"}
    answer = httpx.get(f"{play.qlab_url}/orders", headers=headers, trust_env=False)
    assert (answer.status_code, "недоступен" in answer.text) == (200, True)


def test_an_unknown_fault_or_order_is_refused(play):
    assert "unknown" in play.control(play.onec_url, fault="nonsense")["error"]
    assert "unknown" in play.control(play.onec_url, advance_minutes="long")["error"]


def test_half_a_list_and_the_rows_of_another_doctor_look_like_data(play):
    who, day = play.world.doctors[6], TUESDAY.date()
    whole = play.onec.fetch("schedule", doctor=who.guid, date=day).items[0]["slots"]
    play.control(play.onec_url, fault="half-list", path="schedule")
    half = play.onec.fetch("schedule", doctor=who.guid, date=day).items[0]["slots"]
    assert half == whole[: len(whole) // 2]
    play.control(play.onec_url, fault="other-doctor", path="schedule")
    with pytest.raises(errors.NotData, match="doctorGuid"):
        play.onec.fetch("schedule", doctor=who.guid, date=day)


def test_statuses_can_change_their_letters(play):
    play.control(play.onec_url, fault="shouted-statuses", path="schedule")
    who = play.world.doctors[6]
    page = play.onec.fetch("schedule", doctor=who.guid, date=TUESDAY.date())
    assert "СВОБОДНО" in {row["status"] for row in page.items[0]["slots"]}


def test_a_report_that_is_not_ready_is_missing_and_comes_later(play):
    day = TUESDAY.date()
    orders = [o for o in play.world.orders(day.replace(day=1), day) if o.pdf(TUESDAY)]
    play.control(play.qlab_url, fault="pdf-not-ready", path="pdf")
    with pytest.raises(errors.Missing):
        play.qlab.document("report", order=orders[0].id)
    assert play.qlab.document("report", order=orders[0].id).data

"""What is asked of a source, and in which pieces."""

from datetime import date

import pytest

from fhirbridge.fhir import data
from fhirbridge.sources.profile import Profile
from fhirbridge.sources.words import Refresh
from fhirbridge.sync.plan import Piece, calls, followers, in_order, pieces

TODAY = date(2026, 11, 24)


def profile(source):
    return Profile.parse((data.folder("mappings") / source / "source.yaml").read_text())


@pytest.fixture(scope="module")
def onec():
    return profile("onec")


@pytest.fixture(scope="module")
def qlab():
    return profile("qlab")


def never(call, record):
    return False


def doctors(*rows):
    return lambda name: rows if name == "doctors" else pytest.fail(name)


def orders(*rows):
    return lambda name: rows if name == "orders" else pytest.fail(name)


def named(profile, name):
    return next(refresh for refresh in profile.refresh if refresh.name == name)


def test_a_list_is_one_call_with_its_window(onec):
    refresh = named(onec, "near-appointments")
    assert list(calls(onec.streams["appointments"], refresh, TODAY, pytest.fail, never)) == [
        {"first": "2026-11-23", "last": "2026-12-07"}
    ]


def test_a_schedule_is_one_call_per_doctor_and_day(onec):
    rows = doctors({"guid": "a", "active": True}, {"guid": "b", "active": "Да"})
    found = list(calls(onec.streams["schedule"], named(onec, "near-days"), TODAY, rows, never))
    assert found[:3] == [{"doctor": "a", "date": f"2026-11-{day}"} for day in (24, 25, 26)]
    assert len(found) == 6


def test_near_and_far_days_together_are_fourteen(onec):
    stream, rows = onec.streams["schedule"], doctors({"guid": "a"})
    days = {
        call["date"]
        for refresh in in_order(onec, "schedule")
        for call in calls(stream, refresh, TODAY, rows, never)
    }
    assert (len(days), min(days), max(days)) == (14, "2026-11-24", "2026-12-07")


def test_a_doctor_on_two_rows_is_asked_once(onec):
    rows = doctors({"guid": "a", "specialization": "x"}, {"guid": "a", "specialization": "y"})
    assert (
        len(list(calls(onec.streams["schedule"], named(onec, "near-days"), TODAY, rows, never)))
        == 3
    )


@pytest.mark.parametrize(
    "row",
    [
        {"guid": "00000000-0000-0000-0000-000000000000"},
        {"guid": ""},
        {"guid": None},
        {},
        {"guid": "a", "active": False},
        {"guid": "a", "active": "Нет"},
    ],
)
def test_who_cannot_have_a_schedule_is_not_asked(onec, row):
    refresh = named(onec, "near-days")
    assert list(calls(onec.streams["schedule"], refresh, TODAY, doctors(row), never)) == []


def test_results_follow_open_and_new_orders_only(qlab):
    rows = orders(
        {"id": "1", "status": "received"},
        {"id": "2", "status": "processing"},
        {"id": "3", "status": "completed"},
        {"id": "4", "status": "completed"},
    )
    refresh = named(qlab, "open-orders")

    def done(call, record):
        return call["order"] == "4"

    found = calls(qlab.streams["results"], refresh, TODAY, rows, done)
    assert [call["order"] for call in found] == ["2", "3"]


def test_the_nightly_reread_follows_settled_orders_too(qlab):
    rows = orders({"id": "4", "status": "completed"})
    found = calls(
        qlab.streams["results"], named(qlab, "corrections"), TODAY, rows, lambda call, record: True
    )
    assert [call["order"] for call in found] == ["4"]


def test_what_follows_what_is_declared(onec, qlab):
    assert followers(qlab, "orders") == ("results", "report")
    assert followers(onec, "doctors") == ()


def test_parents_come_before_their_children(onec):
    names = [refresh.stream for refresh in in_order(onec)]
    assert names.index("doctors") < names.index("schedule")
    assert set(names) == {"doctors", "schedule", "appointments"}


def test_a_stream_without_a_timetable_can_still_be_asked_for(qlab):
    plain = qlab.model_copy(update={"refresh": ()})
    assert [refresh.stream for refresh in in_order(plain)] == ["orders"]


WHOLE = Piece("qlab", "results", (), "corrections", settled=True, then=("next",))


def test_pieces_are_small_enough_to_lose():
    found = [{"order": str(number)} for number in range(60)]
    cut = pieces(WHOLE, found)
    assert [len(piece.calls) for piece in cut] == [25, 25, 10]
    assert [call for piece in cut for call in piece.calls] == found
    assert all(piece.settled for piece in cut)
    assert [piece.then for piece in cut] == [(), (), ("next",)]


def test_nothing_to_ask_is_no_piece():
    assert pieces(WHOLE, []) == []


def test_a_refresh_of_the_days_ahead_is_counted_from_today(onec):
    refresh = Refresh(name="x", stream="appointments", cron="", days=(-30, 30))
    (call,) = calls(onec.streams["appointments"], refresh, TODAY, pytest.fail, never)
    assert call == {"first": "2026-10-25", "last": "2026-12-24"}

"""A doctor's day: what 1C leaves unsaid, and what it says twice."""

from mapping_samples import DOCTOR, context, day, shipped

PARAMETERS = {"doctor": DOCTOR, "date": "2026-12-01"}


def mapped(*rows, **more):
    record = {"slots": list(rows), **more}
    return shipped("onec").map("schedule", record, context("onec", parameters=PARAMETERS))


def slots(outcome):
    return [m.resource for m in outcome.resources if m.resource["resourceType"] == "Slot"]


def row(start, end, status="Свободно", room="101", **more):
    return {
        "date": "2026-12-01",
        "start": start,
        "end": end,
        "status": status,
        "cabinet": room,
        **more,
    }


def test_the_first_form_of_the_service_lists_free_times():
    outcome = mapped(*day("02-onec-schedule-seed.json")["slots"])
    assert {slot["status"] for slot in slots(outcome)} == {"free"}
    assert [one.item_key for one in outcome.ignored] == ["slots/5"]
    assert [one.reason_code for one in outcome.quarantined] == ["end-not-after-start"]


def test_a_break_closes_the_free_row_it_overlaps():
    outcome = mapped(row("09:00", "09:30", "Перерыв", ""), row("09:20", "09:40"))
    assert [slot["status"] for slot in slots(outcome)] == ["busy-unavailable"] * 2
    assert [note.code for note in outcome.issues] == ["overlaps-break"]


def test_a_row_that_only_touches_a_break_stays_free():
    outcome = mapped(row("09:00", "09:30", "Перерыв"), row("09:30", "09:40"))
    assert [slot["status"] for slot in slots(outcome)] == ["busy-unavailable", "free"]


def test_an_unknown_status_is_closed_and_noted():
    outcome = mapped(row("09:00", "09:30", "Волшебно"))
    assert slots(outcome)[0]["status"] == "busy-unavailable"
    assert [note.code for note in outcome.issues] == ["unknown-code"]


def test_an_empty_status_is_free_only_where_none_is_told():
    assert slots(mapped({"start": "09:00", "end": "09:30"}))[0]["status"] == "free"


def test_of_a_free_and_a_busy_duplicate_the_busy_one_stays():
    outcome = mapped(row("09:00", "09:30"), row("09:00", "09:30", "Занято"))
    assert [slot["status"] for slot in slots(outcome)] == ["busy"]
    assert [one.item_key for one in outcome.ignored] == ["slots/0"]


def test_two_rooms_at_one_time_are_two_slots_in_any_order():
    first = slots(mapped(row("09:00", "09:30", room="101"), row("09:00", "09:30", room="310")))
    second = slots(mapped(row("09:00", "09:30", room="310"), row("09:00", "09:30", room="101")))
    assert len({slot["id"] for slot in first}) == 2
    assert sorted(first, key=str) == sorted(second, key=str)


def test_a_slot_stays_the_same_when_its_end_room_or_status_change():
    before = slots(mapped(row("09:00", "09:30")))[0]
    after = slots(mapped(row("9:00", "09:45", "Занято", "310")))[0]
    assert before["id"] == after["id"]


def test_a_missing_end_is_the_start_and_the_duration():
    outcome = mapped(row("09:00", ""), duration="0001-01-01T00:20:00")
    assert slots(outcome)[0]["end"] == "2026-12-01T09:20:00+03:00"
    assert mapped(row("09:00", "")).quarantined[0].reason_code == "end-not-after-start"


def test_impossible_times_are_quarantined():
    outcome = mapped({**row("", "09:30")}, row("26:00", "27:00"))
    assert [one.reason_code for one in outcome.quarantined] == ["unusable-time"] * 2
    gap = mapped({**row("02:30", "02:45"), "date": "2011-03-27"})
    assert [one.reason_code for one in gap.quarantined] == ["nonexistent-local-time"]
    assert gap.account == {".": "mapped", "slots/0": "quarantined"}


def test_an_appointment_leads_to_the_slot_of_its_start():
    (slot,) = slots(mapped(row("09:00", "09:30")))
    record = {
        "id": "a1000000-0000-4000-8000-000000000001",
        "status": "Запланирована",
        "start": "2026-12-01T09:00:00",
        "end": "2026-12-01T09:30:00",
        "doctorGuid": DOCTOR.upper(),
        "patient": {"lastName": "Ким"},
    }
    outcome = shipped("onec").map("appointments", record, context("onec"))
    (booked,) = [
        m.resource for m in outcome.resources if m.resource["resourceType"] == "Appointment"
    ]
    assert booked["slot"] == [{"reference": f"Slot/{slot['id']}"}]


def test_an_empty_day_is_a_schedule_without_slots():
    outcome = mapped()
    assert outcome.account == {".": "mapped"}
    assert [one.resource["resourceType"] for one in outcome.resources] == ["Schedule"]

from datetime import timedelta

import httpx
import pytest
from sandboxed import TUESDAY, stage, world

from fhirbridge.sandbox.onec import PASSWORD, USER, OneC
from fhirbridge.sandbox.service import NOTICE
from fhirbridge.sources import errors

DAY = TUESDAY.date()
PERSON = {"family": "Примеров", "given": "Иван", "birth_date": "1985-03-15"}
SIZE = {"doctors": 13, "patients": 20, "orders": 60}


@pytest.fixture(scope="module")
def play():
    with stage() as one:
        yield one


def free_time(one, ahead=1):
    """Return (doctor, day, time) of a free row, as a booking needs them."""
    for who in one.world.doctors.values():
        day = DAY + timedelta(days=ahead)
        cells = one.world.book.day(who, day, TUESDAY)
        starts = [cell.start for cell in cells]
        for cell in cells:
            if cell.status == "Свободно" and starts.count(cell.start) == 1:
                return who, day, f"{cell.start:%H:%M}"
    raise AssertionError("no free time")


def booking(who, day, at, marker="m1"):
    return {"doctor": who.guid, "date": day, "time": at, "marker": marker, **PERSON}


def status(one, who, day, at):
    page = one.onec.fetch("schedule", doctor=who.guid, date=day)
    return {row["start"].replace(":", "")[-6:-2]: row["status"] for row in page.items[0]["slots"]}[
        at.replace(":", "")
    ]


def test_it_says_that_it_is_not_the_vendors_software(play):
    root = play.onec_url.removesuffix("/medicine/hs")
    answer = httpx.get(root, trust_env=False)
    assert answer.json()["notice"] == NOTICE
    assert answer.headers["x-simulator"] == "fhirbridge"


def test_the_directory_holds_doctors_in_many_spellings_and_rows_that_are_none(play):
    rows = play.onec.fetch("doctors")
    assert len(rows.items) == len(set(rows.keys)) == 16
    names = {row["fullName"] for row in rows.items}
    assert {"Тестзаде Эльдар Мамед оглы", "Шаблонов П.И.", "Ким Виктория", ""} <= names
    assert {True, False, "Да"} == {row["active"] for row in rows.items}


def test_a_day_is_told_in_four_spellings_and_with_statuses(play):
    days = [DAY + timedelta(days=n) for n in range(3)]
    formats = set()
    for who in play.world.doctors.values():
        for day in days:
            page = play.onec.fetch("schedule", doctor=who.guid, date=day)
            assert set(page.items[0]) == {"List", "duration"} - {"List"} | {"slots"}
            formats |= {(len(r["date"]), len(r["start"])) for r in page.items[0]["slots"]}
    assert formats == {(19, 19), (18, 8), (8, 14)}


def test_a_date_in_the_wrong_spelling_makes_the_handler_fall(play):
    url = f"{play.onec_url}/medapi/schedule/{play.world.doctors[0].guid}/2026-11-25"
    answer = httpx.get(url, auth=httpx.BasicAuth(USER, PASSWORD), trust_env=False)
    assert answer.status_code == 500
    assert "Модуль(12)" in answer.text


def test_an_unknown_doctor_is_no_empty_day(play):
    with pytest.raises(errors.Missing):
        play.onec.fetch("schedule", doctor="5f1c2a10-0000-4000-8000-000000000099", date=DAY)


def test_appointments_are_told_for_the_days_asked_and_since_a_change(play):
    first, last = DAY, DAY + timedelta(days=2)
    rows = play.onec.fetch("appointments", first=first, last=last).items
    assert rows
    assert {row["date"] for row in rows} <= {f"{first + timedelta(days=n)}" for n in range(3)}
    url = f"{play.onec_url}/medapi/appointments"
    query = {"from": f"{first}", "to": f"{last}", "changedSince": "2026-11-20T00:00:00"}
    auth = httpx.BasicAuth(USER, PASSWORD)
    fresh = httpx.get(url, params=query, auth=auth, trust_env=False).json()["List"]
    assert 0 < len(fresh) < len(rows)
    assert all(row["changedAt"] >= "2026-11-20" for row in fresh)
    assert httpx.get(url, auth=auth, trust_env=False).status_code == 500


def test_a_booking_takes_its_time_and_a_cancellation_gives_it_back():
    with stage() as one:
        who, day, at = free_time(one)
        made = one.onec.send("create_appointment", booking(who, day, at))
        assert status(one, who, day, at) == "Занято"
        with pytest.raises(errors.Conflict):
            one.onec.send("create_appointment", booking(who, day, at, "m2"))
        rows = one.onec.fetch("appointments", first=day, last=day).items
        (found,) = [row for row in rows if "[m1]" in row["comment"]]
        assert found["id"] == made.id_
        assert found["patient"]["lastName"] == "Примеров"
        assert not one.onec.send("cancel_appointment", {"id": made.id_}).already
        assert one.onec.send("cancel_appointment", {"id": made.id_}).already
        assert status(one, who, day, at) == "Свободно"
        assert one.onec.send("create_appointment", booking(who, day, at, "m3")).id_ != made.id_


def test_a_booking_whose_answer_was_lost_was_made_and_is_found_by_its_mark():
    with stage() as one:
        who, day, at = free_time(one)
        one.control(one.onec_url, fault="answer-lost", path="appointments")
        with pytest.raises(errors.OutcomeUnknown):
            one.onec.send("create_appointment", booking(who, day, at))
        rows = one.onec.fetch("appointments", first=day, last=day).items
        assert sum("[m1]" in row["comment"] for row in rows) == 1


def test_bookings_survive_a_restart_when_there_is_a_journal(tmp_path):
    journal = tmp_path / "journal"
    with stage(world(journal=journal, **SIZE)) as one:
        who, day, at = free_time(one)
        kept = one.onec.send("create_appointment", booking(who, day, at)).id_
        who, day, at = free_time(one, ahead=2)
        gone = one.onec.send("create_appointment", booking(who, day, at)).id_
        one.onec.send("cancel_appointment", {"id": gone})
    again = world(journal=journal, **SIZE)
    assert again.book.find(kept, TUESDAY).status == "Запланирована"
    assert again.book.find(gone, TUESDAY).status == "Отменена"


def test_it_refuses_what_a_real_service_would():
    with stage(setup=OneC(delete_allowed=False)) as one:
        auth = httpx.BasicAuth(USER, PASSWORD)
        with httpx.Client(base_url=one.onec_url, auth=auth, trust_env=False) as client:
            who, day, at = free_time(one)
            body = {"slotDate": f"{day}", "slotTime": at, "doctorGuid": who.guid}
            missing = client.post("/medapi/appointments", json=body)
            assert (missing.status_code, "(patient)" in missing.text) == (200, True)
            assert "(slotDate)" in client.post("/medapi/appointments", content=b"x").text
            people = dict.fromkeys(("lastName", "firstName", "birthDate", "phone", "email"), "")
            body |= {"serviceCode": "", "patient": people}
            assert "(middleName)" in client.post("/medapi/appointments", json=body).text
            body["patient"] = people | {"middleName": "", "snils": ""}
            odd = client.post("/medapi/appointments", json={**body, "slotTime": "later"})
            assert odd.status_code == 500
            nobody = client.post("/medapi/appointments", json={**body, "doctorGuid": "x"})
            assert nobody.json()["Ответ"]["Результат"] == "false"
            assert client.get("/medapi/nothing").status_code == 404
            assert client.put("/medapi/doctors").status_code == 405
        with pytest.raises(errors.NotPublished):
            one.onec.send("cancel_appointment", {"id": "1"})


def test_an_appointment_that_took_place_cannot_be_cancelled(play):
    past = play.world.book.between(DAY - timedelta(days=3), DAY, TUESDAY)
    done = next(row for row in past if row.status == "Выполнена")
    with pytest.raises(errors.Refused):
        play.onec.send("cancel_appointment", {"id": done.id})
    assert play.onec.send("cancel_appointment", {"id": "nothing"}).already


def test_a_schedule_of_free_times_only_has_three_fields():
    with stage(setup=OneC(free_only=True, strict_dates=False)) as one:
        who, day, at = free_time(one)
        (page,) = one.onec.fetch("schedule", doctor=who.guid, date=day).items
        assert all(set(row) == {"start", "end", "cabinet"} for row in page["slots"])
        assert at in {row["start"] for row in page["slots"]}


def test_a_wrong_password_is_denied():
    with stage(setup=OneC(password="other")) as one, pytest.raises(errors.Denied):
        one.onec.fetch("doctors")

"""What is not listed any more: shown as gone after enough good reads, never deleted."""

import pytest
from clinic import written

DAY = "2026-11-25"
SCHEDULE = {"start": "9:00", "end": "9:30", "cabinet": "1"}


@pytest.fixture
def told(sqlite_url):
    with written(sqlite_url) as pair:
        yield pair


def guid(number):
    return f"00000000-0000-4000-8000-{number:012}"


def doctor(number, speciality="Терапия"):
    row = {"guid": guid(number), "fullName": f"Врачёва Анна {number}", "active": True}
    return row | {"specialization": speciality, "cabinet": "101", "experienceYears": number}


def free(*hours):
    return [{"start": f"{h}:00", "end": f"{h}:30", "cabinet": "1"} for h in hours]


def appointment(number, day="2026-11-26"):
    person = {"guid": guid(900 + number), "lastName": "Примеров", "firstName": "Иван"}
    return {
        "id": guid(500 + number),
        "status": "Запланирована",
        "doctorGuid": guid(1),
        "start": f"{day}T09:00:00",
        "end": f"{day}T09:30:00",
        "patient": person,
    }


def active(made, type_="Practitioner"):
    return sorted(one["active"] for one in made.resources(type_).values())


def slots(made):
    return [one["status"] for _, one in sorted(made.resources("Slot").items(), key=begins)]


def begins(pair):
    return pair[1]["start"]


def test_a_doctor_who_vanished_twice_is_inactive(told):
    made, answers = told
    answers["/medapi/doctors"] = [doctor(n) for n in range(1, 6)]
    made.sync("onec", "doctors")
    answers["/medapi/doctors"] = [doctor(n) for n in range(1, 5)]
    made.sync("onec", "doctors")
    assert active(made) == [True] * 5
    made.sync("onec", "doctors")
    assert active(made) == [False, True, True, True, True]
    assert active(made, "PractitionerRole") == [False, True, True, True, True]
    assert active(made, "HealthcareService") == [True]
    before = made.content()
    made.sync("onec", "doctors")
    assert made.content() == before


def test_a_doctor_who_comes_back_is_active_again(told):
    made, answers = told
    everyone = [doctor(n) for n in range(1, 6)]
    answers["/medapi/doctors"] = everyone
    made.sync("onec", "doctors")
    answers["/medapi/doctors"] = everyone[1:]
    made.sync("onec", "doctors")
    made.sync("onec", "doctors")
    answers["/medapi/doctors"] = everyone
    made.sync("onec", "doctors")
    assert active(made) == [True] * 5


def test_a_list_that_shrank_beyond_the_percentage_changes_nobody(told):
    made, answers = told
    answers["/medapi/doctors"] = [doctor(n) for n in range(1, 7)]
    made.sync("onec", "doctors")
    before = made.content()
    answers["/medapi/doctors"] = [doctor(n) for n in range(1, 4)]
    for _ in range(4):
        report = made.sync("onec", "doctors")["doctors"]
        assert report.refused == ["doctors: 3 of 6 known records are absent, over 30 %"]
    assert made.content() == before


def test_one_specialisation_less_leaves_the_doctor_active(told):
    made, answers = told
    rows = [doctor(1), doctor(1, "Хирургия"), doctor(2), doctor(3), doctor(4)]
    answers["/medapi/doctors"] = rows
    made.sync("onec", "doctors")
    answers["/medapi/doctors"] = rows[1:]
    made.sync("onec", "doctors")
    made.sync("onec", "doctors")
    assert active(made) == [True] * 4
    assert active(made, "PractitionerRole") == [False, True, True, True, True]


def test_the_free_times_of_a_doctor_who_is_gone_are_not_offered(told):
    made, answers = told
    answers["/medapi/doctors"] = [doctor(n) for n in range(1, 6)]
    answers[f"/medapi/schedule/{guid(1)}/20261125"] = free(9, 10)
    made.sync("onec", "doctors")
    made.sync("onec", "schedule")
    answers["/medapi/doctors"] = [doctor(n) for n in range(2, 6)]
    made.sync("onec", "doctors")
    assert slots(made) == ["free", "free"]
    made.sync("onec", "doctors")
    assert slots(made) == ["busy-unavailable"] * 2
    asked = len(answers.asked)
    made.sync("onec", "schedule")
    assert not [path for path in answers.asked[asked:] if guid(1) in path]
    answers["/medapi/doctors"] = [doctor(n) for n in range(1, 6)]
    made.sync("onec", "doctors")
    assert slots(made) == ["free", "free"]


def test_a_time_that_is_not_free_any_more_is_busy(told):
    made, answers = told
    path = f"/medapi/schedule/{guid(1)}/20261125"
    answers["/medapi/doctors"] = [doctor(1)]
    answers[path] = free(9, 10, 11)
    made.sync("onec")
    answers[path] = free(9, 11)
    made.sync("onec", "schedule")
    assert slots(made) == ["free", "busy", "free"]
    answers[path] = free(11)
    made.sync("onec", "schedule")
    assert slots(made) == ["busy", "busy", "free"]
    answers[path] = free(9, 11)
    made.sync("onec", "schedule")
    assert slots(made) == ["free", "busy", "free"]


def test_a_whole_day_that_vanished_is_asked_for_twice_and_then_unavailable(told):
    made, answers = told
    path = f"/medapi/schedule/{guid(1)}/20261125"
    answers["/medapi/doctors"] = [doctor(1)]
    answers[path] = free(9, 10)
    made.sync("onec")
    asked = answers.asked.count(path)
    answers[path] = []
    made.sync("onec", "schedule")
    assert answers.asked.count(path) == asked + 2
    assert slots(made) == ["busy-unavailable"] * 2


def test_a_time_that_has_passed_stays_as_it_was(told):
    made, answers = told
    path = f"/medapi/schedule/{guid(1)}/20261125"
    answers["/medapi/doctors"] = [doctor(1)]
    answers[path] = free(9, 10)
    made.sync("onec")
    made.wait(60 * 48)
    answers[path] = free(10)
    made.sync("onec", "schedule")
    assert slots(made) == ["free", "free"]


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<html>"),
        (200, "application/json", b""),
        (500, "text/plain", b"?"),
        (200, "application/json", b'[{"start": "9:00", "end"'),
    ],
)
def test_a_failure_instead_of_a_day_hides_no_time(told, answer):
    made, answers = told
    path = f"/medapi/schedule/{guid(1)}/20261125"
    answers["/medapi/doctors"] = [doctor(1)]
    answers[path] = free(9, 10)
    made.sync("onec")
    answers[path] = answer
    made.sync("onec", "schedule")
    assert slots(made) == ["free", "free"]


def test_a_booking_that_vanished_three_times_is_cancelled(told):
    made, answers = told
    path = "/medapi/appointments"
    answers[path] = [appointment(n) for n in range(1, 6)]
    made.sync("onec", "appointments")
    answers[path] = [appointment(n) for n in range(1, 5)]
    for expected in (5, 5, 4):
        made.sync("onec", "appointments")
        booked = [
            one for one in made.resources("Appointment").values() if one["status"] == "booked"
        ]
        assert len(booked) == expected


def test_a_booking_that_left_the_window_is_not_cancelled(told):
    made, answers = told
    path = "/medapi/appointments"
    answers[path] = [appointment(1, "2026-11-24"), appointment(2), appointment(3)]
    made.sync("onec", "appointments")
    made.wait(60 * 24 * 40)
    answers[path] = [appointment(4, "2027-01-05"), appointment(5, "2027-01-06")]
    for _ in range(4):
        assert made.sync("onec", "appointments")["appointments"].refused == []
    assert {one["status"] for one in made.resources("Appointment").values()} == {"booked"}

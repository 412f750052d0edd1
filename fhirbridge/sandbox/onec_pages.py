"""How the toy 1C writes things: every row in one of the spellings that real bases use."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fhirbridge.sandbox.appointments import Appointment
from fhirbridge.sandbox.chance import chance
from fhirbridge.sandbox.clinic import Cell, Doctor
from fhirbridge.sandbox.people import Patient
from fhirbridge.sandbox.world import World

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
EMPTY_DATE = "0001-01-01T00:00:00"
# date, start and end of a row: full, time in year 1, dotted with bare times, without separators
STYLES = (
    ("%Y-%m-%dT00:00:00", "%Y-%m-%dT%H:%M:%S"),
    ("%Y-%m-%dT00:00:00", "0001-01-01T%H:%M:%S"),
    ("%d.%m.%Y 0:00:00", "%H:%M:%S"),
    ("%Y%m%d", "%Y%m%d%H%M%S"),
)


def doctors(world: World) -> list[dict[str, Any]]:
    """Return the whole directory with the rows that do not belong there."""
    rows = [_doctor(who) for who in world.doctors.values()]
    second = {**rows[0], "specialization": "Функциональная диагностика", "cabinet": "310"}
    nobody = {**rows[0], "guid": EMPTY_GUID, "fullName": "", "specialization": "", "cabinet": ""}
    room = {
        **rows[0],
        "guid": "5f1c2a10-0000-4000-8000-000000000007",
        "fullName": "Процедурный кабинет № 2",
        "specialization": "<>",
        "cabinet": "2",
        "experienceYears": 0,
    }
    return [*rows, second, nobody, room]


def _doctor(who: Doctor) -> dict[str, Any]:
    return {
        "guid": who.guid,
        "fullName": who.name,
        "active": who.active,
        "specialization": who.speciality,
        "cabinet": who.room,
        "experienceYears": who.years,
        "academicDegree": who.degree,
    }


def schedule(who: Doctor, cells: list[Cell]) -> dict[str, Any]:
    """Return the doctor's day with statuses, in the doctor's own spelling of dates."""
    midnight = f"0001-01-01T{who.minutes // 60:02}:{who.minutes % 60:02}:00"
    date_style, time_style = STYLES[who.number % len(STYLES)]
    rows = [
        {
            "date": cell.start.strftime(date_style),
            "start": cell.start.strftime(time_style),
            "end": cell.end.strftime(time_style),
            "status": cell.status,
            "cabinet": cell.room,
            **({"comment": cell.comment} if cell.comment else {}),
        }
        for cell in cells
    ]
    return {"List": rows, "duration": midnight}


def free_only(_who: Doctor, cells: list[Cell]) -> list[dict[str, Any]]:
    """Return what the first description of the service had: free times, start, end and room."""
    return [
        {"start": f"{cell.start:%H:%M}", "end": f"{cell.end:%H:%M}", "cabinet": cell.room}
        for cell in cells
        if cell.status == "Свободно"
    ]


def appointments(world: World, found: Iterable[Appointment]) -> list[dict[str, Any]]:
    """Return the rows of our extension, some of them broken."""
    return [_appointment(world, one) for one in found]


def _appointment(world: World, one: Appointment) -> dict[str, Any]:
    row = {
        "id": one.id,
        "status": one.status,
        "date": f"{one.start:%Y-%m-%d}",
        "start": f"{one.start:%Y-%m-%dT%H:%M:%S}",
        "end": f"{one.end:%Y-%m-%dT%H:%M:%S}",
        "doctorGuid": world.doctors[one.doctor].guid,
        "cabinet": one.room,
        "serviceCode": one.service,
        "patient": one.person or _patient(world.patient(one.patient or 1)),
        "comment": one.comment,
        "changedAt": f"{one.changed:%Y-%m-%dT%H:%M:%S}",
    }
    dice = chance(one.id, "broken").random() if one.person is None else 1
    if dice < 0.01:  # noqa: PLR2004 - a share
        return {**row, "patient": None}
    if dice < 0.02:  # noqa: PLR2004
        return {**row, "end": EMPTY_DATE}
    if dice < 0.025:  # noqa: PLR2004
        return {**row, "start": row["end"], "end": row["start"]}
    return row


def _patient(who: Patient) -> dict[str, Any]:
    snils = who.snils
    dotted = f"{snils[:3]}-{snils[3:6]}-{snils[6:9]} {snils[9:]}" if snils else ""
    births = ("%Y-%m-%dT00:00:00", "%Y-%m-%d", "%d.%m.%Y")
    return {
        "guid": who.guid,
        "lastName": who.family,
        "firstName": who.given,
        "middleName": who.patronymic,
        "birthDate": who.birth.strftime(births[who.number % len(births)]),
        "sex": "Мужской" if who.male else "Женский",
        "phone": who.phone if who.number % 2 else f"8 ({who.phone[2:5]}) {who.phone[5:]}",
        "email": who.email,
        "snils": dotted if who.number % 3 else snils,
        "policy": who.policy,
    }


def created(one: Appointment) -> dict[str, Any]:
    """Return what the service says about a new booking."""
    return {
        "id": one.id,
        "number": f"{_number(one.start):09}",
        "status": one.status,
        "start": f"{one.start:%Y-%m-%dT%H:%M:%S}",
        "end": f"{one.end:%Y-%m-%dT%H:%M:%S}",
        "cabinet": one.room,
    }


def _number(start: datetime) -> int:
    return start.toordinal() % 100_000 * 100 + start.hour

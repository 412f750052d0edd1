"""The clinic of the toy world: its doctors, their days, and who has booked what."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from fhirbridge.sandbox.chance import chance, guid
from fhirbridge.sandbox.people import FAMILIES, FATHERS, FEMALE, MALE

# name, minutes of a visit, service code
SPECIALITIES = (
    ("Терапия", 15, "B01.047.001"),
    ("Кардиология", 20, "B01.015.001"),
    ("Офтальмология", 20, "B01.029.001"),
    ("Хирургия", 15, "B01.057.001"),
    ("Неврология", 20, "B01.023.001"),
    ("Эндокринология", 30, "B01.058.001"),
    ("Педиатрия", 15, "B01.031.001"),
    ("Оториноларингология", 20, "B01.028.001"),
    ("Дерматовенерология", 20, "B01.008.001"),
    ("Акушерство и гинекология", 30, "B01.001.001"),
    ("Урология", 20, "B01.053.001"),
    ("Функциональная диагностика", 30, "B03.052.001"),
)
DEGREES = ("", "", "", "к.м.н.", "д.м.н., профессор", None)
SUNDAY = 6
FREE, BUSY, HELD = "Свободно", "Занято", "Забронировано"
BREAK, CLOSED, INSURED = "Перерыв", "Недоступно для интернет-записи", "ДМС"
LESSON = "Групповое занятие: школа диабета"


@dataclass(frozen=True, slots=True)
class Doctor:
    """One employee at one position; `guid` is spelled the way this base spells it."""

    number: int
    guid: str
    name: str
    speciality: str
    minutes: int
    service: str
    room: str | None
    active: bool | str
    years: int | str
    degree: str | None

    @property
    def key(self) -> str:
        """The GUID in its canonical spelling."""
        return self.guid.strip("{}").lower()


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of a doctor's day."""

    start: datetime
    end: datetime
    status: str
    room: str | None
    patients: tuple[int, ...] = ()
    comment: str = ""


def doctor(seed: int, number: int) -> Doctor:
    """Return doctor `number`; the first ones are spelled in the ways real bases spell them."""
    luck = chance(seed, "doctor", number)
    male = luck.random() < 0.4  # noqa: PLR2004 - a share
    family, father = luck.choice(FAMILIES), luck.choice(FATHERS)
    parts = [family if male else f"{family}а", luck.choice(MALE if male else FEMALE)]
    speciality, minutes, service = SPECIALITIES[number % len(SPECIALITIES)]
    plain = Doctor(
        number=number,
        guid=guid(seed, "doctor", number),
        name=" ".join([*parts, f"{father}ич" if male else f"{father}на"]),
        speciality=speciality,
        minutes=minutes,
        service=service,
        room=str(100 + number),
        active=True,
        years=luck.randint(1, 35),
        degree=luck.choice(DEGREES),
    )
    return SPELLINGS[number](plain) if number in SPELLINGS else plain


# How the rows of real bases differ: GUIDs, names, truth, numbers, rooms.
SPELLINGS: dict[int, Callable[[Doctor], Doctor]] = {
    1: lambda who: replace(who, guid=who.guid.upper(), name="Примеров  Глеб Макетович "),
    2: lambda who: replace(
        who, guid=f"{{{who.guid}}}", name="Шаблонов П.И.", active="Да", room=None
    ),
    3: lambda who: replace(who, name="Тестзаде Эльдар Мамед оглы", room="12А", years="7"),
    4: lambda who: replace(who, name="Ким Виктория", room="Каб. 205 (2 этаж)", years=""),
    5: lambda who: replace(who, name="Макетов Уволен Датович", active=False, room=""),
    12: lambda who: replace(who, speciality="терапия "),
}


def day(seed: int, who: Doctor, when: date, patients: int) -> list[Cell]:
    """Return the doctor's day as 1C planned it, before anything was booked through the service."""
    luck = chance(seed, "day", who.number, when.toordinal())
    shift = (who.number + when.toordinal()) % 3
    if when.weekday() == SUNDAY or shift == 2 or who.active is False:  # noqa: PLR2004
        return []
    start = datetime.combine(when, datetime.min.time()).replace(hour=14 if shift else 8)
    step = timedelta(minutes=who.minutes)
    times = [start + step * n for n in range(int(timedelta(hours=6) / step))]
    cells = [_cell(luck, at, step, who.room, patients) for at in times]
    if who.speciality == "Эндокринология":
        lesson = tuple(sorted(luck.sample(range(1, patients + 1), min(4, patients))))
        cells[0] = replace(cells[0], status=BUSY, patients=lesson, comment=LESSON)
    return [*cells, *_oddities(who, cells)]


def _cell(luck: Random, at: datetime, step: timedelta, room: str | None, patients: int) -> Cell:
    dice = luck.random()
    for limit, status in (
        (0.10, BUSY),
        (0.13, HELD),
        (0.17, CLOSED),
        (0.20, INSURED),
        (0.24, BREAK),
    ):
        if dice < limit:
            who = (luck.randint(1, patients),) if status == BUSY else ()
            return Cell(at, at + step, status, "" if status == BREAK else room, who)
    return Cell(at, at + step, FREE, room)


def _oddities(who: Doctor, cells: list[Cell]) -> Iterator[Cell]:
    """Yield what real days have too: a double row, a break over a free slot, a row of no length."""
    first, last = cells[0], cells[-1]
    if who.number % 7 == 1:
        yield first
    if who.number % 7 == 2:  # noqa: PLR2004
        yield Cell(last.start + timedelta(minutes=5), last.end, BREAK, "")
    if who.number % 7 == 3:  # noqa: PLR2004
        yield Cell(last.end, last.end, FREE, who.room)

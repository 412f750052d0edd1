"""The book of appointments: what the base holds, what was booked or cancelled through the service.

Appointments of the base are a function of seed and day, so a restarted sandbox tells the same
story; what came through the service is kept in memory, and in a file when one is given.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from fhirbridge.sandbox import clinic
from fhirbridge.sandbox.chance import chance, guid
from fhirbridge.sandbox.clinic import Cell, Doctor

PLANNED, HAPPENED, CANCELLED = "Запланирована", "Выполнена", "Отменена"
MISSED, WAITING, UNKNOWN = "Не пришёл", "Ожидает подтверждения", "Перенесена в другую базу"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One booking; `patient` is a number of the world, `person` what a caller sent."""

    id: str
    doctor: int
    start: datetime
    end: datetime
    room: str | None
    service: str
    status: str
    changed: datetime
    patient: int | None = None
    person: dict[str, Any] | None = None
    comment: str = ""


class Taken(Exception):  # noqa: N818 - not an error: the time has gone
    """The time is not free."""


class Book:
    """Everything booked. `doctors` by number; safe to use from many threads."""

    def __init__(
        self, seed: int, doctors: dict[int, Doctor], patients: int, journal: Path | None = None
    ) -> None:
        self._seed, self._doctors, self._patients = seed, doctors, patients
        self._journal = journal
        self._lock = threading.Lock()
        self._booked: dict[str, Appointment] = {}
        self._cancelled: dict[str, datetime] = {}
        if journal and journal.exists():
            for line in journal.read_text(encoding="utf-8").splitlines():
                self._apply(json.loads(line))

    def day(self, who: Doctor, when: date, now: datetime) -> list[Cell]:
        """Return the doctor's day as it stands now."""
        taken = {
            one.start: one
            for one in self._booked.values()
            if one.doctor == who.number and one.id not in self._cancelled
        }
        return [
            self._as_it_stands(who, cell, taken.get(cell.start), now)
            for cell in clinic.day(self._seed, who, when, self._patients)
        ]

    def between(self, first: date, last: date, now: datetime) -> Iterator[Appointment]:
        """Yield every appointment that starts on these days, both included."""
        for offset in range((last - first).days + 1):
            when = first + timedelta(days=offset)
            for who in self._doctors.values():
                for planned in self._planned(who, when):
                    yield self._now(planned, now)
        for booked in list(self._booked.values()):
            if first <= booked.start.date() <= last:
                yield self._now(booked, now)

    def create(
        self, who: Doctor, start: datetime, person: dict[str, Any], now: datetime, **texts: str
    ) -> Appointment:
        """Return the new appointment. Raises Taken when there is no free row at `start`."""
        with self._lock:
            rows = [c for c in self.day(who, start.date(), now) if c.start == start]
            if not rows or any(cell.status != clinic.FREE for cell in rows):
                raise Taken
            made = Appointment(
                id=guid(self._seed, "booked", who.number, start, len(self._booked)),
                doctor=who.number,
                start=start,
                end=rows[0].end,
                room=rows[0].room,
                service=texts.get("service", ""),
                status=PLANNED,
                changed=now,
                person=person,
                comment=texts.get("comment", ""),
            )
            self._keep({"booked": asdict(made)})
            return made

    def find(self, id_: str, now: datetime) -> Appointment | None:
        """Return the appointment with this id, of those from a month ago to a month ahead."""
        if id_ in self._booked:
            return self._now(self._booked[id_], now)
        month = timedelta(days=31)
        around = self.between(now.date() - month, now.date() + month, now)
        return next((one for one in around if one.id == id_), None)

    def cancel(self, id_: str, now: datetime) -> None:
        """Cancel the appointment; its time becomes free again."""
        with self._lock:
            self._keep({"cancelled": id_, "at": now})

    def _planned(self, who: Doctor, when: date) -> Iterator[Appointment]:
        """Yield what the base itself holds for this day: one appointment per patient."""
        seen: set[tuple[datetime, int]] = set()
        for cell in clinic.day(self._seed, who, when, self._patients):
            for patient in cell.patients:
                if (cell.start, patient) not in seen:
                    seen.add((cell.start, patient))
                    yield self._of_cell(who, cell, patient)

    def _of_cell(self, who: Doctor, cell: Cell, patient: int) -> Appointment:
        luck = chance(self._seed, "appointment", who.number, cell.start, patient)
        changed = cell.start - timedelta(days=luck.randint(3, 20), minutes=luck.randrange(600))
        return Appointment(
            id=guid(self._seed, "planned", who.number, cell.start, patient),
            doctor=who.number,
            start=cell.start,
            end=cell.end,
            room=cell.room,
            service=who.service,
            status=_story(luck.random()),
            changed=changed,
            patient=patient,
            comment=cell.comment,
        )

    def _now(self, one: Appointment, now: datetime) -> Appointment:
        if one.id in self._cancelled:
            return replace(one, status=CANCELLED, changed=self._cancelled[one.id])
        if one.end <= now and one.status in {PLANNED, WAITING}:
            missed = chance(one.id).random() < 0.1  # noqa: PLR2004 - a share
            return replace(one, status=MISSED if missed else HAPPENED, changed=one.end)
        return one

    def _as_it_stands(
        self, who: Doctor, cell: Cell, booked: Appointment | None, now: datetime
    ) -> Cell:
        there = [self._now(self._of_cell(who, cell, patient), now) for patient in cell.patients]
        if there and all(one.status == CANCELLED for one in there):
            cell = replace(cell, status=clinic.FREE, patients=())
        if booked and cell.status == clinic.FREE:
            return replace(cell, status=clinic.BUSY)
        return cell

    def _keep(self, entry: dict[str, Any]) -> None:
        text = json.dumps(entry, ensure_ascii=False, default=str)
        if self._journal:
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        self._apply(json.loads(text))

    def _apply(self, entry: dict[str, Any]) -> None:
        if "cancelled" in entry:
            self._cancelled[entry["cancelled"]] = datetime.fromisoformat(entry["at"])
            return
        fields = entry["booked"]
        times = {name: datetime.fromisoformat(fields[name]) for name in ("start", "end", "changed")}
        made = Appointment(**{**fields, **times})
        self._booked[made.id] = made


def _story(dice: float) -> str:
    for limit, status in ((0.06, CANCELLED), (0.10, WAITING), (0.11, UNKNOWN)):
        if dice < limit:
            return status
    return PLANNED

"""The toy world: one clinic and its laboratory, the same for everyone who knows the seed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fhirbridge.sandbox import clinic, orders, people
from fhirbridge.sandbox.appointments import Book
from fhirbridge.sandbox.clinic import Doctor
from fhirbridge.sandbox.clock import Clock
from fhirbridge.sandbox.orders import Order
from fhirbridge.sandbox.people import Patient

DAY_OF_ORDER = re.compile(r"Q-(\d{8})-\d+$")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a world is. `orders` are those of the last `order_days` days, about."""

    doctors: int = 24
    days: int = 14
    patients: int = 60
    orders: int = 250
    order_days: int = 30


@dataclass
class World:
    """What both stand-ins serve. Days before `first_day` have nothing to tell."""

    seed: int = 1
    size: Size = Size()
    clock: Clock = field(default_factory=lambda: Clock(ZoneInfo("Europe/Moscow")))
    journal: Path | None = None

    def __post_init__(self) -> None:
        self.first_day = self.clock.now().date() - timedelta(days=self.size.order_days - 1)
        self.doctors: dict[int, Doctor] = {
            number: clinic.doctor(self.seed, number) for number in range(self.size.doctors)
        }
        self.book = Book(self.seed, self.doctors, self.size.patients, self.journal)
        self.sent: dict[str, Order] = {}

    def doctor(self, key: str) -> Doctor | None:
        """Return the doctor with this GUID, however it is spelled."""
        wanted = key.strip("{}").lower()
        return next((one for one in self.doctors.values() if one.key == wanted), None)

    def patient(self, number: int) -> Patient:
        """Return one person."""
        return people.patient(self.seed, number)

    def last_day(self) -> date:
        """Return the last day that has a schedule."""
        return self.clock.now().date() + timedelta(days=self.size.days - 1)

    def orders(self, first: date, last: date) -> Iterator[Order]:
        """Yield the orders that came in on these days, up to now."""
        now = self.clock.now()
        first, last = max(first, self.first_day), min(last, now.date())
        for offset in range((last - first).days + 1):
            when = first + timedelta(days=offset)
            everyone = orders.of_day(self.seed, when, self._per_month(), self.size.patients)
            yield from (order for order in everyone if order.created <= now)
        yield from (one for one in list(self.sent.values()) if first <= one.created.date() <= last)

    def order(self, id_: str) -> Order | None:
        """Return the order with this id; the id says on which day it came in."""
        day = DAY_OF_ORDER.match(id_)
        try:
            when = date.fromisoformat(day[1]) if day else None
        except ValueError:
            when = None
        found = self.orders(when, when) if when else iter(())
        return next((order for order in found if order.id == id_), None)

    def _per_month(self) -> int:
        return round(self.size.orders * 30 / self.size.order_days)

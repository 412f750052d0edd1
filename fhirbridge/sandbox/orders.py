"""The orders of the toy laboratory: what was asked for, when, and how far it is by now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fhirbridge.sandbox.catalogue import MATERIALS, PANELS, SERUM, SINGLES
from fhirbridge.sandbox.chance import chance

RECEIVED, PROCESSING, COMPLETED, CANCELLED = "received", "processing", "completed", "cancelled"
STRANGE_STATUS = "ARCHIVED"
SUNDAY = 6
OFTEN = 3
WORKING_DAYS = 6 / 7
UNTIL_PROCESSING = timedelta(minutes=30)
UNTIL_PARTIAL = timedelta(hours=2)
UNTIL_COMPLETED = timedelta(hours=5)
UNTIL_PDF = timedelta(hours=5, minutes=30)
UNTIL_CORRECTED = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Order:
    """One order; its whole story follows from `id`, so only the time decides what is seen."""

    id: str
    number: int
    created: datetime
    ordered: tuple[str, ...]
    patient: int | None
    person: dict[str, str] | None = None
    external: str | None = None
    doctor: str = ""

    def dice(self, *words: object) -> float:
        """Return the number between 0 and 1 that decides about `words` in this order."""
        return chance(self.id, *words).random()

    @property
    def cancelled(self) -> bool:
        """Whether it was taken back before anything was measured."""
        return self.external is None and self.dice("cancelled") < 0.04  # noqa: PLR2004 - a share

    @property
    def corrected(self) -> bool:
        """Whether something in it is corrected on the next day."""
        return self.dice("corrected") < 0.08  # noqa: PLR2004 - a share

    def status(self, now: datetime) -> str:
        """Return the laboratory's word for where the order is."""
        age = now - self.created
        if self.cancelled:
            return CANCELLED
        if age < UNTIL_PROCESSING:
            return RECEIVED
        if age < UNTIL_COMPLETED or self.dice("slow") < 0.01:  # noqa: PLR2004 - a share
            return PROCESSING
        if self.corrected and UNTIL_CORRECTED <= age < UNTIL_CORRECTED + timedelta(hours=2):
            return PROCESSING
        return STRANGE_STATUS if self.dice("strange") < 0.008 else COMPLETED  # noqa: PLR2004

    def pdf(self, now: datetime) -> bool:
        """Whether the report can be fetched; a few are announced and never come."""
        ready = not self.cancelled and now - self.created >= UNTIL_PDF
        return ready and self.dice("no pdf") >= 0.02  # noqa: PLR2004 - a share

    def samples(self) -> list[tuple[str, str]]:
        """Return (barcode, material) of every tube, in the order of the materials."""
        materials = dict.fromkeys(MATERIALS.get(name, SERUM) for name in self.ordered)
        base = 460_000_000_000 + self.created.toordinal() % 10_000 * 10_000 + self.number * 10
        return [(_ean13(base + n), material) for n, material in enumerate(materials)]

    def barcode(self, ordered: str) -> str | None:
        """Return the tube in which `ordered` is measured."""
        wanted = MATERIALS.get(ordered, SERUM)
        return next((code for code, material in self.samples() if material == wanted), None)


def of_day(seed: int, when: date, per_month: int, patients: int) -> list[Order]:
    """Return the orders that came in on this day, about `per_month` in thirty days."""
    if when.weekday() == SUNDAY:
        return []
    count = max(1, round(per_month / 30 / WORKING_DAYS))
    return [_order(seed, when, number, patients) for number in range(1, count + 1)]


def _order(seed: int, when: date, number: int, patients: int) -> Order:
    luck = chance(seed, "order", when.toordinal(), number)
    morning = datetime.combine(when, datetime.min.time()) + timedelta(hours=7, minutes=40)
    panels = luck.sample(sorted(PANELS), luck.choice((1, 1, 1, 2, 2)))
    patient = luck.randint(1, patients) if luck.random() >= 0.01 else None  # noqa: PLR2004
    if number == 1 and when.toordinal() % OFTEN == 0:
        # One person comes again and again: a series of the same tests to look at.
        patient, panels = 1, ["CBC", "BIO"]
    singles = luck.sample(sorted(SINGLES), luck.choice((0, 1, 2)))
    return Order(
        id=f"Q-{when:%Y%m%d}-{number:04}",
        number=number,
        created=morning + timedelta(seconds=luck.randrange(4 * 3600)),
        ordered=(*panels, *(one for one in singles if one != "GLU" or "BIO" not in panels)),
        patient=patient,
        doctor=luck.choice(("Образцова В.Т.", "Макетов", "")),
    )


def _ean13(base: int) -> str:
    digits = [int(digit) for digit in str(base)]
    check = -(sum(digits[::2]) + 3 * sum(digits[1::2])) % 10
    return f"{base}{check}"

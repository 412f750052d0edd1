"""How the toy laboratory writes an order: people in capitals, phones and dates as they come."""

from datetime import timedelta
from typing import Any

from fhirbridge.sandbox.orders import Order
from fhirbridge.sandbox.people import Patient
from fhirbridge.sandbox.world import World

SEXES = (("M", "F"), ("М", "Ж"), ("мужской", "женский"))
DATES = ("%Y-%m-%d", "%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d")
UNTIL_TUBE = timedelta(minutes=15)


def order_row(world: World, order: Order) -> dict[str, Any]:
    """Return one order as the list shows it now."""
    now = world.clock.now()
    shown: dict[str, Any] = {
        "id": order.id,
        "created_at": f"{order.created:%Y-%m-%d %H:%M:%S}",
        "status": order.status(now),
        "patient": _person(world, order),
        "samples": [] if order.cancelled else _samples(world, order),
        "tests": list(order.ordered),
        "source": "website" if order.external else f"point-{order.number % 5:02}",
        "doctor": order.doctor,
    }
    if order.external:
        shown["ext_id"] = order.external
    if order.cancelled:
        shown["cancel_reason"] = "Отказ пациента"
    return shown


def _person(world: World, order: Order) -> dict[str, Any] | None:
    if order.person is not None:
        return order.person
    return None if order.patient is None else _patient(world.patient(order.patient))


def _patient(who: Patient) -> dict[str, Any]:
    loud = who.number % 4 == 1
    male, female = SEXES[who.number % len(SEXES)]
    spell = str.upper if loud else str
    phones = (who.phone, f"8{who.phone[2:]}")
    return {
        "last_name": spell(who.family),
        "first_name": spell(who.given),
        "middle_name": spell(who.patronymic),
        "birth_date": who.birth.strftime(DATES[who.number % len(DATES)]),
        "sex": male if who.male else female,
        "phone": phones[who.number % 2],
        "snils": who.snils,
    }


def _samples(world: World, order: Order) -> list[dict[str, Any]]:
    now = world.clock.now()
    arrived = order.created + UNTIL_TUBE
    taken = f"{order.created - UNTIL_TUBE:%Y-%m-%d %H:%M}"
    rows = []
    for barcode, material in order.samples():
        state = "accepted" if arrived <= now else "waiting"
        received = f"{arrived:%Y-%m-%d %H:%M}" if arrived <= now else None
        row: dict[str, Any] = {"barcode": barcode, "material": material, "taken_at": taken}
        row |= {"received_at": received, "state": state}
        if order.dice("defect", barcode) < 0.02:  # noqa: PLR2004 - a share
            row |= {"state": "defect", "defect": "Недостаточный объём"}
        rows.append(row)
    return rows

"""What the toy laboratory measured, written the ways laboratories write it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from fhirbridge.sandbox import orders
from fhirbridge.sandbox.catalogue import PANELS, STRANGERS, Measurement, members
from fhirbridge.sandbox.chance import chance
from fhirbridge.sandbox.orders import Order

NOBODY = "0001-01-01T00:00:00"
TIME_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S")
STRANGER, BROKEN, NOT_DONE, NOTED = 0.12, 0.02, 0.01, 0.02


def results(order: Order, now: datetime) -> list[dict[str, Any]]:
    """Return the results that are seen at `now`: none, some, all, or corrected ones."""
    age = now - order.created
    if order.cancelled or age < orders.UNTIL_PARTIAL:
        return []
    rows = [_row(order, panel, test) for panel in order.ordered for test in members(panel)]
    if age < orders.UNTIL_COMPLETED:
        return [*rows[::2], *({**row, "value": "", "state": "in_work"} for row in rows[1::2])]
    rows += _extra(order)
    if order.corrected and age >= orders.UNTIL_CORRECTED:
        rows = [*_corrected(order, rows[0]), *rows[1:]]
        if len(rows) > 2:  # noqa: PLR2004 - something is left to cancel
            rows[2] = _cancelled(rows[2])
    return rows


def version(order: Order, now: datetime) -> int:
    """Return 2 after the correction, else 1."""
    return 2 if order.corrected and now - order.created >= orders.UNTIL_CORRECTED else 1


def _row(order: Order, panel: str, test: Measurement) -> dict[str, Any]:
    luck = chance(order.id, test.code)
    value, flag = _value(luck, test)
    done = order.created + timedelta(hours=3, minutes=luck.randrange(100))
    low, high = test.low, test.high
    if test.words:
        low = test.words[0] if panel != "GROUP" else ""
    row = {
        "code": test.code,
        "name": test.name,
        "value": value,
        "unit": test.unit,
        "ref_min": low,
        "ref_max": high,
        "abnormal": flag,
        "result_date": done.strftime(luck.choice(TIME_FORMATS)),
    }
    row |= {"panel": panel} if panel in PANELS else {}
    barcode = order.barcode(panel)
    row |= {"sample": barcode} if barcode else {}
    return _mishap(luck, row)


def _value(luck: Random, test: Measurement) -> tuple[Any, Any]:
    """Return the value as printed and the laboratory's flag."""
    if test.titre:
        titre = luck.choice(("1:10", "<1:20", "1:40", "1:160"))
        return titre, titre in {"1:40", "1:160"}
    if test.words:
        usual = luck.random() < 0.85  # noqa: PLR2004 - a share
        word = test.words[0] if usual else luck.choice(test.words)
        return word, None if test.code in {"ABO", "RH"} else word not in test.words[:2]
    low, high = (float(bound.replace(",", ".") or 0) for bound in (test.low, test.high))
    high = high or low * 2
    number = luck.uniform(low - (high - low) * 0.15, high + (high - low) * 0.25)
    number = max(number, 10**-test.decimals)
    outside = number > high or number < low
    return _printed(luck, number, test), _flag(luck, outside=outside, above=number > high)


def _printed(luck: Random, number: float, test: Measurement) -> Any:
    text = f"{number:.{test.decimals}f}"
    dice = luck.random()
    if dice < 0.02:  # noqa: PLR2004 - a share
        return f"<{test.low or '0,1'}".replace(".", ",")
    if dice < 0.04 and test.unit:  # noqa: PLR2004
        return f"{text.replace('.', ',')} {test.unit}"
    if dice < 0.06:  # noqa: PLR2004
        return f"{text.replace('.', ',')}*"
    if dice < 0.10 and not test.decimals:  # noqa: PLR2004
        return int(text)
    return text if dice < 0.3 else text.replace(".", ",")  # noqa: PLR2004


def _flag(luck: Random, *, outside: bool, above: bool) -> Any:
    style = luck.random()
    if style < 0.7:  # noqa: PLR2004 - a share
        return outside
    if style < 0.8:  # noqa: PLR2004
        return None
    return ("H" if above else "L") if outside else "N"


def _mishap(luck: Random, row: dict[str, Any]) -> dict[str, Any]:
    dice = luck.random()
    if dice < NOT_DONE:
        lost = {"value": "", "state": "not_performed", "comment": "Гемолиз", "abnormal": False}
        return {**row, **lost, "result_date": NOBODY}
    if dice < NOT_DONE + NOTED:
        return {**row, "comment": "Пересчитано вручную.\r\nРекомендован контроль."}
    return row


def _extra(order: Order) -> Iterator[dict[str, Any]]:
    """Yield what does not fit: codes nobody mapped, rows that are broken, a row twice."""
    if order.dice("stranger") < STRANGER:
        test = chance(order.id, "which").choice(STRANGERS)
        yield _row(order, "EXTRA", test)
    if order.dice("broken") < BROKEN:
        yield {"name": "Строка без кода", "value": "5,0", "unit": "г/л", "result_date": ""}
    if order.dice("twice") < BROKEN:
        first = members(order.ordered[0])[0]
        yield _row(order, order.ordered[0], first)


def _corrected(order: Order, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    luck = chance(order.id, "correction")
    test = members(order.ordered[0])[0]
    value, flag = _value(luck, test)
    at = order.created + orders.UNTIL_CORRECTED
    yield {
        **row,
        "value": value,
        "abnormal": flag,
        "state": "corrected",
        "corrected_at": f"{at:%Y-%m-%d %H:%M:%S}",
        "comment": "Исправлено: ошибка маркировки",
    }


def _cancelled(row: dict[str, Any]) -> dict[str, Any]:
    comment = "Аннулировано: сгусток в пробе"
    return {**row, "value": None, "abnormal": None, "state": "cancelled", "comment": comment}

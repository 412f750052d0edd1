"""A stand-in for a laboratory with a QLAB-style API. Not the vendor's software."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Response, request

from fhirbridge.sandbox import pdf, results
from fhirbridge.sandbox.catalogue import PANELS, TESTS
from fhirbridge.sandbox.orders import UNTIL_COMPLETED, Order
from fhirbridge.sandbox.qlab_pages import order_row
from fhirbridge.sandbox.service import OPEN, answer, service
from fhirbridge.sandbox.world import World

KEY = "sandbox-key"
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Qlab:
    """How this laboratory is set up."""

    prefix: str = "/v2"
    key: str = KEY


def create_qlab(world: World, setup: Qlab | None = None) -> WSGIApplication:
    """Return the laboratory as a WSGI application; `<prefix>/orders…` below it."""
    setup = setup or Qlab()
    app = service("a laboratory with a QLAB-style API", world)

    @app.before_request
    def admit() -> Response | None:
        if request.path in OPEN or request.headers.get("X-Api-Key") == setup.key:
            return None
        return answer({"error": "unknown key"}, 401)

    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "/orders", lambda: _orders(world)),
        ("POST", "/orders", lambda: _create(world)),
        ("GET", "/orders/<id_>", lambda id_: _found(world, id_, _order)),
        ("GET", "/orders/<id_>/results", lambda id_: _found(world, id_, _results)),
        ("GET", "/orders/<id_>/pdf", lambda id_: _found(world, id_, _pdf)),
    )
    for number, (method, path, view) in enumerate(routes):
        app.add_url_rule(setup.prefix + path, f"route{number}", view, methods=[method])
    app.register_error_handler(404, lambda _error: answer({"error": "нет такого адреса"}, 404))
    return app


def _found(world: World, id_: str, view: Callable[[World, Order], Response]) -> Response:
    order = world.order(id_)
    if order is None:
        return answer({"error": "Заказ не найден"}, 404)
    return view(world, order)


def _orders(world: World) -> Response:
    try:
        first = _day("date_from", world.first_day)
        last = _day("date_to", world.clock.now().date())
    except ValueError:
        return answer({"error": "Неверная дата"}, 400)
    found = list(world.orders(first, last))
    wanted = request.args.get("status")
    rows = [order_row(world, order) for order in found]
    rows = [row for row in rows if not wanted or row["status"] == wanted]
    return answer([*rows, *_again(found, rows)])


def _day(name: str, default: date) -> date:
    text = request.args.get(name)
    return date.fromisoformat(text) if text else default


def _again(found: list[Order], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows that come twice, the second time without samples: an order in two sections."""
    twice = {order.id for order in found if order.dice("listed twice") < 0.01}  # noqa: PLR2004
    return [{**row, "samples": []} for row in rows if row["id"] in twice]


def _order(world: World, order: Order) -> Response:
    return answer(order_row(world, order))


def _results(world: World, order: Order) -> Response:
    now = world.clock.now()
    page: dict[str, Any] = {"order_id": order.id, "status": order.status(now)}
    if results.version(order, now) > 1:
        page["version"] = results.version(order, now)
    rows = results.results(order, now)
    if order.status(now) == "completed":
        done = order.created + UNTIL_COMPLETED
        page["completed_at"] = f"{done:%Y-%m-%d %H:%M:%S}"
    return answer({**page, "results": rows, "pdf": order.pdf(now)})


def _pdf(world: World, order: Order) -> Response:
    now = world.clock.now()
    if not order.pdf(now):
        return answer({"error": "Отчёт не готов"}, 404)
    if order.dice("pdf is a page") < 0.01:  # noqa: PLR2004 - a share
        return Response("<html><body>Войдите в систему</body></html>", content_type=PDF)
    person = order_row(world, order).get("patient") or {}
    names = " ".join(person.get(name) or "" for name in ("last_name", "first_name", "middle_name"))
    lines = [f"Пациент: {names}", f"Заказ: {order.id} от {order.created:%d.%m.%Y}", ""]
    lines += [
        f"{row.get('name', ''):<40} {row.get('value') or '':>14} {row.get('unit', '')}"
        for row in results.results(order, now)
    ]
    title = f"Результаты исследований № {order.id}"
    return Response(pdf.document(title, lines), content_type=PDF)


def _create(world: World) -> Response:
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not isinstance(sent.get("patient"), dict):
        return answer({"error": "Нет данных пациента"}, 422)
    tests = [str(code) for code in sent.get("tests") or ()]
    unknown = [code for code in tests if code not in TESTS and code not in PANELS]
    if unknown or not tests:
        return answer({"error": f"Неизвестный код исследования: {', '.join(unknown)}"}, 422)
    external = str(sent.get("ext_id") or "")
    for known in world.sent.values():
        if external and known.external == external:
            return answer({"error": "Заказ уже существует", "id": known.id}, 409)
    order = _new(world, sent, tests, external)
    world.sent[order.id] = order
    return answer(
        {"id": order.id, "status": "received", "samples": order_row(world, order)["samples"]}, 201
    )


def _new(world: World, sent: dict[str, Any], tests: list[str], external: str) -> Order:
    now: datetime = world.clock.now()
    number = 9000 + len(world.sent)
    return Order(
        id=f"Q-{now:%Y%m%d}-{number}",
        number=number % 1000,
        created=now,
        ordered=tuple(tests),
        patient=None,
        person=sent["patient"],
        external=external,
        doctor=str(sent.get("doctor", "")),
    )

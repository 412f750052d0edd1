"""A stand-in for the HTTP service `medapi` of a 1C:Medicine base. Not the vendor's software."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask, Response, request

from fhirbridge.sandbox import onec_pages
from fhirbridge.sandbox.appointments import CANCELLED, HAPPENED, Taken
from fhirbridge.sandbox.refusals import PAGES, TEXT
from fhirbridge.sandbox.service import OPEN, answer, service
from fhirbridge.sandbox.sessions import Sessions
from fhirbridge.sandbox.world import World

USER = "Интеграция Ф.Б."
PASSWORD = "песочница"  # noqa: S105 - a toy's
REQUIRED = ("slotDate", "slotTime", "doctorGuid", "patient", "serviceCode")
REQUIRED_OF_PATIENT = (
    "lastName",
    "firstName",
    "middleName",
    "birthDate",
    "phone",
    "email",
    "snils",
)


@dataclass(frozen=True, slots=True)
class OneC:
    """How this base is set up. `free_only`: the schedule tells free times and nothing else."""

    prefix: str = "/medicine/hs"
    user: str = USER
    password: str = PASSWORD
    licences: int = 4
    pool_timeout: float = 5
    free_only: bool = False
    strict_dates: bool = True
    delete_allowed: bool = True


def create_onec(world: World, setup: OneC | None = None) -> WSGIApplication:
    """Return the service as a WSGI application; `<prefix>/medapi/…` below it."""
    setup = setup or OneC()
    app = service("1C:Medicine, HTTP service medapi", world)
    sessions = Sessions(setup.licences, setup.pool_timeout)
    base = f"{setup.prefix}/medapi"
    _guard(app, setup, sessions)
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "/doctors", lambda: answer(onec_pages.doctors(world))),
        ("GET", "/schedule/<key>/<when>", lambda key, when: _schedule(world, setup, key, when)),
        ("GET", "/appointments", lambda: _appointments(world)),
        ("POST", "/appointments", lambda: _create(world)),
        ("DELETE", "/appointments/<id_>", lambda id_: _cancel(world, setup, id_)),
        ("POST", "/appointments/<id_>/cancel", lambda id_: _cancel(world, None, id_)),
    )
    for number, (method, path, view) in enumerate(routes):
        app.add_url_rule(base + path, f"route{number}", view, methods=[method])
    app.register_error_handler(404, lambda _error: PAGES["publication-404"].response())
    app.register_error_handler(405, lambda _error: PAGES["verb-405"].response())
    return app


def _guard(app: Flask, setup: OneC, sessions: Sessions) -> None:
    """Ask for the password, then for a session; give the session back after the answer."""
    pair = base64.b64encode(f"{setup.user}:{setup.password}".encode()).decode()

    @app.before_request
    def admit() -> Response | None:
        if request.path in OPEN:
            return None
        if request.headers.get("Authorization") != f"Basic {pair}":
            return PAGES["auth-401"].response()
        problem = sessions.enter(request)
        return PAGES[problem].response() if problem else None

    @app.after_request
    def cookie(reply: Response) -> Response:
        return sessions.mark(request, reply)

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        sessions.leave(request)


def _crash(module: int, words: str, status: int = 500) -> Response:
    text = f"{{HTTPСервис.MedicalAPI.Модуль({module})}}: {words}"
    return Response(text, status, content_type=TEXT)


def _schedule(world: World, setup: OneC, key: str, when: str) -> Response:
    day = _date(when, strict=setup.strict_dates)
    who = world.doctor(key)
    if day is None:
        return _crash(12, "Преобразование значения к типу Дата не может быть выполнено")
    if who is None:
        return answer({"error": "Сотрудник не найден"}, 404)
    now = world.clock.now()
    planned = world.first_day <= day <= world.last_day()
    rows = world.book.day(who, day, now) if planned else []
    page = onec_pages.free_only if setup.free_only else onec_pages.schedule
    return answer(page(who, rows))


def _date(text: str, *, strict: bool = False) -> date | None:
    """Return the date; the strict form is what 1C's Дата() reads: yyyyMMdd and nothing else."""
    for form in ("%Y%m%d",) if strict else ("%Y%m%d", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - 1C writes no zone
        except ValueError:
            continue
    return None


def _appointments(world: World) -> Response:
    first, last = (_date(request.args.get(name, "")) for name in ("from", "to"))
    if first is None or last is None:
        return _crash(31, "Преобразование значения к типу Дата не может быть выполнено")
    now = world.clock.now()
    week_ago, end = now.date() - timedelta(days=7), world.last_day()
    found = world.book.between(max(first, week_ago, world.first_day), min(last, end), now)
    since = request.args.get("changedSince", "")
    rows = [one for one in found if not since or one.changed.isoformat() >= since]
    return answer({"List": onec_pages.appointments(world, rows)})


def _create(world: World) -> Response:
    sent = request.get_json(silent=True)
    missing = _missing(sent)
    if missing or not isinstance(sent, dict):
        return _crash(84, f"Поле объекта не обнаружено ({missing})", 200)
    who = world.doctor(str(sent["doctorGuid"]))
    try:
        start = datetime.fromisoformat(f"{sent['slotDate']}T{sent['slotTime']}")
    except ValueError:
        return _crash(88, "Представление даты имеет неверный формат")
    if who is None:
        return answer({"Ответ": {"Результат": "false", "ОписаниеОшибки": "Врач не найден"}})
    texts = {"service": str(sent["serviceCode"]), "comment": str(sent.get("comment", ""))}
    try:
        made = world.book.create(who, start, sent["patient"], world.clock.now(), **texts)
    except Taken:
        return answer({"error": "slot_busy", "message": "Выбранное время уже занято"}, 409)
    return answer(onec_pages.created(made))


def _missing(sent: Any) -> str:
    """Return the first key that the handler would not find, or nothing."""
    if not isinstance(sent, dict):
        return "slotDate"
    person = sent.get("patient")
    wanted = [(sent, name) for name in REQUIRED]
    if isinstance(person, dict):
        wanted += [(person, name) for name in REQUIRED_OF_PATIENT]
    return next((name for where, name in wanted if name not in where), "")


def _cancel(world: World, setup: OneC | None, id_: str) -> Response:
    if setup is not None and not setup.delete_allowed:
        return PAGES["verb-405"].response()
    now = world.clock.now()
    found = world.book.find(id_, now)
    if found is None:
        return answer({"error": "Заявка не найдена"}, 404)
    if found.status == CANCELLED:
        warning = "Заявка уже отменена"
        return answer({"id": id_, "status": CANCELLED, "warning": warning})
    if found.status == HAPPENED:
        return Response("Приём уже состоялся, отмена невозможна", 500, content_type=TEXT)
    world.book.cancel(id_, now)
    return answer({"id": id_, "status": CANCELLED})

"""What both stand-ins share: the banner, the control panel, and faults around every answer."""

from typing import Any

from flask import Flask, Response, json, request

from fhirbridge.sandbox.faults import ALTERATIONS, NAMES, Faults
from fhirbridge.sandbox.refusals import JSON, PAGES
from fhirbridge.sandbox.world import World

NOTICE = "This is not the vendor's software. Its behaviour is invented from a public description."
OPEN = frozenset({"/", "/_control"})
FAULT = "sandbox.fault"


def service(name: str, world: World) -> Flask:
    """Return a Flask application that knows its banner, `/_control` and the faults."""
    app = Flask(name)
    faults = Faults()
    banner = {"simulator": "fhirbridge", "stands_in_for": name, "notice": NOTICE}
    app.add_url_rule("/", "banner", lambda: answer(banner))
    app.add_url_rule(
        "/_control", "control", lambda: _control(world, faults), methods=["GET", "POST"]
    )

    @app.before_request
    def refuse() -> Response | None:
        ordered = request.headers.get("X-Sandbox-Fault") or faults.take(request.path)
        fault = None if request.path in OPEN else ordered
        request.environ[FAULT] = fault
        return PAGES[fault].response() if fault in PAGES else None

    @app.after_request
    def alter(reply: Response) -> Response:
        change = ALTERATIONS.get(request.environ.get(FAULT) or "")
        reply = change(reply) if change else reply
        reply.headers["X-Simulator"] = "fhirbridge"
        return reply

    return app


def answer(value: Any, status: int = 200) -> Response:
    """Return `value` as JSON, in the order of its keys, Cyrillic as it is."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=False)
    return Response(text, status, content_type=JSON)


def _control(world: World, faults: Faults) -> Response:
    """Move the clock, order a fault, or behave again; tell the time and the faults there are."""
    order = request.get_json(silent=True) or {}
    try:
        if order.get("clear"):
            faults.clear()
        world.clock.advance(float(order.get("advance_minutes", 0)))
        if "fault" in order:
            path, times = str(order.get("path", "")), int(order.get("times", 1))
            faults.order(str(order["fault"]), path, times)
    except (KeyError, ValueError) as error:
        return answer({"error": f"unknown: {error}"}, 400)
    return answer({"now": world.clock.now().isoformat(), "faults": sorted(NAMES)})

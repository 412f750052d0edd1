"""The limits of the server: applications that do next to nothing, under the same granian.

granian calls a factory once per worker.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response


def application() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return the callable that returns constant bytes, given in a file."""
    body = Path(os.environ["BENCH_BODY"]).read_bytes()
    headers = [("Content-Type", "application/fhir+json"), ("Content-Length", str(len(body)))]

    def answer(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [body]

    return answer


def flask() -> Flask:
    """Return a Flask application of one route."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: Response(b"{}", mimetype="application/fhir+json"))
    return app

"""The limit of the server: a WSGI callable that returns constant bytes, given in a file."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def application() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return the callable; granian calls this once per worker."""
    body = Path(os.environ["BENCH_BODY"]).read_bytes()
    headers = [("Content-Type", "application/fhir+json"), ("Content-Length", str(len(body)))]

    def answer(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [body]

    return answer

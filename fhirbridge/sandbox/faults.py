"""Every way to misbehave, by name: for one request (`X-Sandbox-Fault`) or for the next few."""

import json
import re
import threading
import time
from collections.abc import Iterator

from flask import Response

from fhirbridge.sandbox.refusals import HTML, JSON, PAGES

STATUS = re.compile(r'"status": ?"[^"]*"')
LATENCY = 0.4
ENDLESS_PIECE = b" " * 65536


def _encoded_twice(answer: Response) -> Response:

    text = answer.get_data(as_text=True)
    return Response(json.dumps(text, ensure_ascii=False), answer.status_code, content_type=JSON)


def _with_mark(answer: Response) -> Response:
    answer.set_data(b"\xef\xbb\xbf" + answer.get_data())
    return answer


def _in_cp1251(answer: Response) -> Response:
    answer.set_data(answer.get_data(as_text=True).encode("cp1251", "replace"))
    return answer


def _mistyped(answer: Response) -> Response:
    answer.content_type = HTML
    return answer


def _cut_short(answer: Response) -> Response:
    """Promise the whole length and send half of it."""
    body = answer.get_data()
    return _streamed(answer, iter([body[: len(body) // 2]]), len(body))


def _dripping(answer: Response) -> Response:
    body = answer.get_data()
    return _streamed(answer, _slowly(body), len(body))


def _endless(answer: Response) -> Response:
    return _streamed(answer, iter(lambda: ENDLESS_PIECE, b""), None)


def _reset(answer: Response) -> Response:
    """Do everything, answer nothing: the connection breaks after the work is done."""
    return _streamed(answer, iter(()), 1_000_000)


def _elsewhere(answer: Response) -> Response:
    answer = Response("", 302)
    answer.headers["Location"] = "http://other.invalid/login"
    return answer


def _late(answer: Response) -> Response:
    time.sleep(LATENCY)
    return answer


def _halved(answer: Response) -> Response:
    """Leave out half of the list: a filter that broke, or a base restored from a backup."""
    value = json.loads(answer.get_data())
    rows = value if isinstance(value, list) else value.get("List", value.get("results", []))
    del rows[len(rows) // 2 :]
    return _rewritten(answer, value)


def _of_another(answer: Response) -> Response:
    """Say of every row that it is another doctor's: the filter was ignored."""
    value = json.loads(answer.get_data())
    for row in value.get("List", []) if isinstance(value, dict) else value:
        row["doctorGuid"] = "5f1c2a10-0000-4000-8000-0000000000ff"
    return _rewritten(answer, value)


def _shouted(answer: Response) -> Response:
    """Write statuses in capitals, as another release of the base would."""
    text = answer.get_data(as_text=True)
    answer.set_data(STATUS.sub(lambda found: found[0][:10] + found[0][10:].upper(), text))
    return answer


def _rewritten(answer: Response, value: object) -> Response:
    answer.set_data(json.dumps(value, ensure_ascii=False))
    return answer


ALTERATIONS = {
    "half-list": _halved,
    "other-doctor": _of_another,
    "shouted-statuses": _shouted,
    "double-encoded-json": _encoded_twice,
    "bom": _with_mark,
    "cp1251": _in_cp1251,
    "wrong-content-type": _mistyped,
    "truncated": _cut_short,
    "drip": _dripping,
    "endless": _endless,
    "answer-lost": _reset,
    "redirect-elsewhere": _elsewhere,
    "slow": _late,
}
NAMES = frozenset(PAGES) | frozenset(ALTERATIONS)


def _slowly(body: bytes) -> Iterator[bytes]:
    for at in range(len(body)):
        time.sleep(0.2)
        yield body[at : at + 1]


def _streamed(answer: Response, pieces: Iterator[bytes], length: int | None) -> Response:
    streamed = Response(pieces, answer.status_code, content_type=answer.content_type)
    for cookie in answer.headers.getlist("Set-Cookie"):
        streamed.headers.add("Set-Cookie", cookie)
    if length is not None:
        streamed.headers["Content-Length"] = str(length)
    return streamed


class Faults:
    """The faults that were ordered for coming requests: (name, part of the path, how often)."""

    def __init__(self) -> None:
        self._ordered: list[list[str | int]] = []
        self._lock = threading.Lock()

    def order(self, name: str, path: str = "", times: int = 1) -> None:
        """Misbehave `times` times where the path contains `path`. Raises KeyError for no fault."""
        if name not in NAMES:
            raise KeyError(name)
        with self._lock:
            self._ordered.append([name, path, times])

    def clear(self) -> None:
        """Behave from now on."""
        with self._lock:
            self._ordered.clear()

    def take(self, path: str) -> str | None:
        """Return the fault for this request, or None."""
        with self._lock:
            for entry in self._ordered:
                if str(entry[1]) in path and int(entry[2]) > 0:
                    entry[2] = int(entry[2]) - 1
                    return str(entry[0])
        return None

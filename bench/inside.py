"""The hot requests in this process: the product as WSGI beside the query by hand, call by call.

Both read the same bodies of the same database by the same hot keys. The product's side is a whole
request: token, rights, journal, the nets over statements and answers, Bundle and links. Each
question is another patient's, and no side asks what the other has just warmed. Processor time
counts, that of the PostgreSQL process which serves a side with it: elapsed time would tell how busy
the machine is with other things. All of them keep to one processor: to wake a process on another
one costs as much as such a query, and whether it has to be is chance.
"""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults

from pydantic import SecretBytes

from bench import client, driver
from bench.dataset import CODES, DAYS, LOINC, id_, patients
from bench.measures import ZONE, Figure, hot_key
from bench.serving import SECRET
from fhirbridge.app import create_app
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir.instant import SECOND, date_range, system_clock
from fhirbridge.settings import Settings
from fhirbridge.store.store import Store

HOUR = 3600 * SECOND
ROUNDS, MOST = 9, 200
SCHEDULES = 20


class Question(NamedTuple):
    """One request, and the query by hand that finds the same rows, with its parameters."""

    environ: dict[str, Any]
    sql: str
    values: Sequence[Any]


def inside(store: Store, url: str, kind: str, results: int) -> Iterator[Figure]:
    """Yield the figures of one database."""
    with _product(url) as product:
        ask = driver.asker(url)
        for name, (asked, budget) in _questions(store, results).items():
            ours, limit = _compared(product, ask, list(asked), url)
            title = f"{name}: a whole request, to the query by hand"
            yield Figure(title, kind, ours, limit, ours / limit, "us", budget)


def _questions(store: Store, results: int) -> dict[str, tuple[Iterator[Question], str]]:
    everybody = patients(results)
    some = random.Random(1).sample(everybody, min(MOST, len(everybody)))  # noqa: S311
    tokens = {one: _token(store, one) for one in some}
    code = [("code", f"{LOINC}|{CODES[0]}")]
    return {
        "patient + code, newest 50": (_newest(tokens, code), "<= 2.0"),
        "patient + category, newest 50": (_newest(tokens, [("category", "laboratory")]), "<= 2.0"),
        "slots of a day, free only": (_slots(tokens), "<= 2.0"),
        "read by id": (_reads(tokens, everybody), ""),
    }


def _newest(tokens: dict[str, str], more: list[tuple[str, str]]) -> Iterator[Question]:
    sql = driver.WALK.format(order="DESC")
    for patient, token in tokens.items():
        pairs = [("patient", patient), *more, ("_sort", "-date")]
        path = f"/fhir/Observation?{urlencode(pairs)}"
        yield Question(_environ(path, token), sql, (hot_key("Observation", pairs),))


def _slots(tokens: dict[str, str]) -> Iterator[Question]:
    dice = random.Random(2)  # noqa: S311
    for schedule in range(SCHEDULES):
        for day in range(1, DAYS):
            date = f"2026-12-{day:02}"
            pairs = [("schedule", id_("schedule", schedule)), ("status", "free")]
            path = f"/fhir/Slot?{urlencode([*pairs, ('start', date)])}"
            key = hot_key("Slot", [*pairs, ("_sort", "start")])
            token = dice.choice(list(tokens.values()))
            yield Question(_environ(path, token), driver.SPAN, (key, *date_range(date, ZONE)))


def _reads(tokens: dict[str, str], everybody: list[str]) -> Iterator[Question]:
    for patient, token in tokens.items():
        one = id_("observation", everybody.index(patient))
        path = f"/fhir/Observation/{one}"
        yield Question(_environ(path, token), driver.READ, ("Observation", one))


def _compared(
    product: WSGIApplication, ask: driver.Ask, asked: list[Question], url: str
) -> tuple[float, float]:
    """Return the microseconds per question of either side."""
    ours, limit = (
        Side(lambda one: _answered(product, one.environ)),
        Side(lambda one: ask(one.sql, one.values)),
    )
    for side in (ours, limit):
        side.find_helper(url, asked)
    with _on_one_processor():
        for _ in range(ROUNDS):
            others = random.sample(asked, len(asked))
            for one, other in zip(asked, others, strict=True):
                ours.answer(one)
                limit.answer(other)
    return ours.microseconds(), limit.microseconds()


class Side:
    """What answers questions, and the processor time it takes."""

    def __init__(self, work: Callable[[Question], object]) -> None:
        self._work = work
        self._own = 0.0
        self._calls = 0
        self._helper: int | None = None
        self._before = 0.0

    def find_helper(self, url: str, asked: Sequence[Question]) -> None:
        """Warm up, and find the PostgreSQL process that does the work: the busiest meanwhile."""
        before = driver.backends(url)
        for one in asked:
            self._work(one)
        after = driver.backends(url)
        busy = {pid: seconds - before.get(pid, 0.0) for pid, seconds in after.items()}
        if busy:
            self._helper = max(busy, key=busy.__getitem__)
            os.sched_setaffinity(self._helper, {min(os.sched_getaffinity(0))})
            self._before = client.processor_of(self._helper)

    def answer(self, question: Question) -> None:
        """Answer a question on the clock."""
        start = time.thread_time()
        self._work(question)
        self._own += time.thread_time() - start
        self._calls += 1

    def microseconds(self) -> float:
        """Return the time per question."""
        helped = 0.0 if self._helper is None else client.processor_of(self._helper) - self._before
        return (self._own + helped) / self._calls * 1e6


@contextmanager
def _on_one_processor() -> Iterator[None]:
    """Keep this thread to the processor on which the helpers are."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _answered(product: WSGIApplication, environ: dict[str, Any]) -> bytes:
    status = ""

    def started(line: str, _headers: Any, _error: Any = None) -> Any:
        nonlocal status
        status = line

    body = b"".join(product(environ, started))
    if status != "200 OK":
        raise RuntimeError(f"{status}: {body[:500]!r}")
    return body


def _environ(path: str, token: str) -> dict[str, Any]:
    place = urlsplit(path)
    environ = {"PATH_INFO": place.path, "QUERY_STRING": place.query, "HTTP_HOST": "bench"}
    environ |= {"HTTP_AUTHORIZATION": f"Bearer {token}", "REMOTE_ADDR": "127.0.0.1"}
    setup_testing_defaults(environ)
    return environ


def _token(store: Store, patient: str) -> str:
    wanted = Wanted("patient/*.rs", 12 * HOUR, patient=patient)
    return issue(wanted, store.tokens, system_clock())[0]


@contextmanager
def _product(url: str) -> Iterator[WSGIApplication]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=url,
            secret_key=SecretBytes(SECRET.encode()),
            time_zone=ZONE,
            var=Path(folder),
        )
        yield create_app(settings)

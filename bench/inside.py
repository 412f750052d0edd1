"""The hot requests in this process: the product as WSGI beside the query by hand, call by call.

Both read the same bodies of the same database by the same hot keys. The product's side is a whole
request: token, rights, journal, the nets over statements and answers, Bundle and links. Each
question is another patient's, and no side asks what the other has just warmed. On SQLite
processor time counts, on PostgreSQL all time, because the work is done in another process.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults

from pydantic import SecretBytes

from bench import driver
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
    ask, clock = driver.asker(url), time.thread_time if kind == "sqlite" else time.perf_counter
    with _product(url) as product:
        for name, (asked, budget) in _questions(store, results).items():
            ours, limit = _compared(product, ask, list(asked), clock)
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
    product: WSGIApplication, ask: driver.Ask, asked: list[Question], clock: Any
) -> tuple[float, float]:
    """Return the microseconds per question of either side, medians of rounds."""
    rounds = []
    for _ in range(ROUNDS + 1):
        others = random.sample(asked, len(asked))
        ours = limit = 0.0
        for one, other in zip(asked, others, strict=True):
            start = clock()
            _answered(product, one.environ)
            between = clock()
            ask(other.sql, other.values)
            limit += clock() - between
            ours += between - start
        rounds.append((ours / len(asked) * 1e6, limit / len(asked) * 1e6))
    ours, limit = map(statistics.median, zip(*rounds[1:], strict=True))
    return ours, limit


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

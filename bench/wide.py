"""Searches beyond one patient: a sort over everything, includes, the thousandth page."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench import client, driver
from bench.asking import Line, line
from bench.comparison import compared, in_turn
from bench.dataset import CODES, LOINC, patients
from bench.measures import Figure
from bench.serving import served
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir.instant import SECOND, system_clock
from fhirbridge.store.store import Store

HOUR = 3600 * SECOND
DEEP = 1000


@contextmanager
def asked(store: Store, url: str) -> Iterator[Line]:
    """Serve the database without an audit and give a connection with the rights of a system."""
    token, _ = issue(Wanted("system/*.cruds", 12 * HOUR), store.tokens, system_clock())
    environment = {"FHIRBRIDGE_DATABASE_URL": url, "FHIRBRIDGE_TIME_ZONE": "Europe/Moscow"}
    own = {**environment, "FHIRBRIDGE_AUDIT": "off"}

    def spent() -> float:
        return client.processor(product.pid) + sum(driver.backends(url).values())

    with (
        served("fhirbridge.app:from_environment", own, "/health/live") as product,
        line(product.port, {"Authorization": f"Bearer {token}"}, spent) as found,
    ):
        yield found


def wide(found: Line, kind: str, results: int) -> Iterator[Figure]:
    """Yield the figures of the database that `found` asks."""
    own = f"/fhir/Observation?patient={patients(results)[1]}&category=laboratory&_sort=-date"
    every = "/fhir/Observation?status=final&_sort=-date"
    for name, path, budget in (
        ("_sort=-date over everything, to a patient's page", every, "<= 5"),
        ("with _include, to without", f"{own}&_include=Observation:patient", ""),
    ):
        value, limit = in_turn(partial(found.microseconds, path), partial(found.microseconds, own))
        yield compared(name, kind, value, limit, budget)
    yield _deep(found, kind)


def _deep(found: Line, kind: str) -> Figure:
    path = f"/fhir/Observation?code={LOINC}|{CODES[0]}&_sort=-date&_count=1"
    walked = list(found.following(path, DEEP))
    last = walked[-2]
    name = f"page {len(walked) - 1} by next links, to page 1"
    value, limit = in_turn(partial(found.microseconds, last), partial(found.microseconds, path))
    return compared(name, kind, value, limit, "<= 1.5")

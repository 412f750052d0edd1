"""Searches beyond one patient: chains, a sort over everything, includes, the thousandth page."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench import driver
from bench.asking import Line, line
from bench.comparison import compared
from bench.dataset import CODES, LOINC, patients
from bench.measures import Figure
from bench.serving import served
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir.instant import SECOND, system_clock
from fhirbridge.search import fold
from fhirbridge.store.index.numbers import param
from fhirbridge.store.index.text import head
from fhirbridge.store.store import Store

HOUR = 3600 * SECOND
DEEP = 1000
CHAINED = (
    "SELECT r.body FROM idx_string s JOIN resource p ON p.row = s.row"
    " JOIN idx_reference o ON o.param = ? AND o.target = 'Patient/' || p.id"
    " JOIN resource r ON r.row = o.row"
    " WHERE s.param = ? AND s.head = ? AND s.exact = ? AND NOT r.deleted ORDER BY r.row LIMIT 50"
)
REVERSED = (
    "SELECT p.body FROM resource p WHERE p.row IN (SELECT q.row FROM idx_token t"
    " CROSS JOIN idx_reference o CROSS JOIN resource q WHERE o.row = t.row AND o.param = ?"
    " AND q.type = 'Patient' AND q.id = substr(o.target, 9)"
    " AND t.param = ? AND t.code = ? AND t.system = ?) AND NOT p.deleted"
    " ORDER BY p.row LIMIT 50"
)


@contextmanager
def asked(store: Store, url: str) -> Iterator[Line]:
    """Serve the database without an audit and give a connection with the rights of a system."""
    token, _ = issue(Wanted("system/*.cruds", 12 * HOUR), store.tokens, system_clock())
    environment = {"FHIRBRIDGE_DATABASE_URL": url, "FHIRBRIDGE_TIME_ZONE": "Europe/Moscow"}
    own = {**environment, "FHIRBRIDGE_AUDIT": "off"}
    with (
        served("fhirbridge.app:from_environment", own, "/health/live") as product,
        line(product.port, {"Authorization": f"Bearer {token}"}) as found,
    ):
        yield found


def wide(found: Line, url: str, kind: str, results: int) -> Iterator[Figure]:
    """Yield the figures of the database at `url`, which `found` asks."""
    yield from _chains(found, url, kind)
    own = f"/fhir/Observation?patient={patients(results)[1]}&category=laboratory&_sort=-date"
    scoped = found.microseconds(own)
    dated = found.microseconds("/fhir/Observation?status=final&_sort=-date")
    yield compared("_sort=-date over everything, to a patient's page", kind, dated, scoped, "<= 5")
    included = found.microseconds(f"{own}&_include=Observation:patient")
    yield compared("with _include, to without", kind, included, scoped, "")
    yield _deep(found, kind)


def _chains(found: Line, url: str, kind: str) -> Iterator[Figure]:
    ask = driver.asker(url)
    family = "Образцов3"
    family_head = head(fold.string(family))
    chained = (param("Observation", "patient"), param("Patient", "family"), family_head)
    reverse = (param("Observation", "patient"), param("Observation", "code"), CODES[-1], LOINC)
    for name, path, sql, values in (
        (
            "chained, selective end",
            f"/fhir/Observation?patient.family:exact={family}",
            CHAINED,
            (*chained, fold.exact(family)),
        ),
        (
            "reverse-chained, selective end",
            f"/fhir/Patient?_has:Observation:patient:code={LOINC}|{CODES[-1]}",
            REVERSED,
            reverse,
        ),
    ):
        if found.get(path).count(b'"mode":"match"') != ask(sql, values).count(b'"resourceType"'):
            raise RuntimeError(f"{name}: the product and the query by hand differ")
        limit = driver.per_call_us(partial(ask, sql), [values])
        yield compared(f"{name}: to SQL by hand", kind, found.microseconds(path), limit, "<= 2")


def _deep(found: Line, kind: str) -> Figure:
    path = f"/fhir/Observation?code={LOINC}|{CODES[0]}&_sort=-date&_count=1"
    walked = list(found.following(path, DEEP))
    last = walked[-2]
    name = f"page {len(walked) - 1} by next links, to page 1"
    return compared(name, kind, found.microseconds(last), found.microseconds(path), "<= 1.5")

"""What is measured: the product beside its limit, the same work on the same data, in one run."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from bench import auditing, client, driver
from bench.dataset import CODES, LOINC, id_, patients
from bench.serving import Served, served
from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir.instant import SECOND, system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.understand import understand
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.planning import plan
from fhirbridge.store.question import Question, Walk
from fhirbridge.store.store import Store

ZONE = ZoneInfo("Europe/Moscow")
HOUR = 3600 * SECOND
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `ratio` is value to limit, `budget` what it should keep."""

    name: str
    database: str
    value: float
    limit: float
    ratio: float
    unit: str
    budget: str

    def as_json(self) -> dict[str, Any]:
        """Return the line as `var/bench.json` has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and the hand-written query that is its limit, with its parameters."""

    name: str
    path: str
    sql: str
    values: tuple[Any, ...]


def cases(results: int) -> Iterator[Case]:
    """Yield the hot requests; the keys of their limits are read from the store's own plan."""
    patient, code = patients(results)[1], CODES[0]
    yield Case(
        "read by id",
        f"/fhir/Observation/{id_('observation', 1)}",
        driver.READ,
        ("Observation", id_("observation", 1)),
    )
    pairs = [("patient", patient), ("code", f"{LOINC}|{code}"), ("_sort", "-date")]
    yield Case(
        "patient + code, newest 50",
        f"/fhir/Observation?{urlencode(pairs)}",
        driver.WALK.format(order="DESC"),
        (hot_key("Observation", pairs),),
    )


def measured(store: Store, url: str, kind: str, results: int) -> Iterator[Figure]:
    """Yield the figures of one database, medians of interleaved rounds."""
    headers, environment = authorization(store, results), environment_of(url)
    ask = driver.asker(url)
    with tempfile.TemporaryDirectory() as folder:
        own = {**environment, "FHIRBRIDGE_VAR": folder}
        with served("fhirbridge.app:from_environment", own, "/health/live") as product:
            for case in cases(results):
                yield from _figures(case, kind, product, headers, ask)
    yield from _audit(cases(results), kind, environment, headers)


def authorization(store: Store, results: int) -> dict[str, str]:
    """Return the headers of the patient whose requests are measured."""
    wanted = Wanted("patient/*.rs", HOUR, patient=patients(results)[1])
    token, _ = issue(wanted, store.tokens, system_clock())
    return {"Authorization": f"Bearer {token}"}


def environment_of(url: str) -> dict[str, str]:
    """Return the settings of a server over the database at `url`."""
    return {"FHIRBRIDGE_DATABASE_URL": url, "FHIRBRIDGE_TIME_ZONE": "Europe/Moscow"}


def _audit(
    cases: Iterable[Case], kind: str, environment: dict[str, str], headers: dict[str, str]
) -> Iterator[Figure]:
    """Yield what recording costs, of the cheapest and of a usual request."""
    for case in list(cases)[:2]:
        message = message_of(case, headers)
        for mode, with_, without in auditing.costs(environment, message):
            budget = "<= 1.3" if mode == "journal" else ""
            name = f"{case.name}: audit {mode}, to the time without"
            yield Figure(name, kind, with_, without, with_ / without, "us", budget)


def _figures(
    case: Case, kind: str, product: Served, headers: dict[str, str], ask: driver.Ask
) -> Iterator[Figure]:
    message = message_of(case, headers)
    answer = client.one_answer(product.port, message).partition(b"\r\n\r\n")[2]
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(answer)
        with served("bench.bare:application", {"BENCH_BODY": file.name}, "/") as bare:
            rounds = [
                (
                    client.throughput(product.port, product.pid, message),
                    client.throughput(bare.port, bare.pid, message),
                    driver.per_call_us(partial(ask, case.sql), [case.values]),
                )
                for _ in range(ROUNDS)
            ]
    ours, limits, queries = zip(*rounds, strict=True)
    rate, top = _median(one.per_second for one in ours), _median(one.per_second for one in limits)
    query = _median(queries)
    reading = case.sql == driver.READ
    budgets = {"sqlite": ">= 0.5", "postgresql": ""} if reading else {}
    yield Figure(
        f"{case.name}: of the bare callable", kind, rate, top, rate / top, "req/s",
        budgets.get(kind, ""),
    )  # fmt: skip
    # The same where other work on the machine does not count.
    busy, least = (1e6 / _median(one.cpu_us for one in some) for some in (ours, limits))
    title = f"{case.name}: of the bare callable, by processor time"
    yield Figure(title, kind, busy, least, busy / least, "req/s", "")
    budgets = {"postgresql": ">= 0.6", "sqlite": ""} if reading else {}
    yield Figure(
        f"{case.name}: of the driver", kind, rate, 1e6 / query, rate * query / 1e6, "req/s",
        budgets.get(kind, ""),
    )  # fmt: skip


def message_of(case: Case, headers: dict[str, str]) -> bytes:
    """Return the request of a case as it is sent."""
    return client.request(quote(case.path, safe="/?=&%|-_."), headers)


def _median(values: Any) -> float:
    ordered = sorted(values)
    return float(ordered[len(ordered) // 2])


def hot_key(type_: str, pairs: list[tuple[str, str]]) -> int:
    """Return the hot key that the store walks for a search of the system."""
    definition = definitions()[type_]
    context = SearchContext(ZONE, "", system_clock())
    query = understand(type_, definition.searchable, pairs, context).query
    question = Question(TypeIndex(definition), permit(query, definition, SYSTEM))
    walk = plan(question, lambda _: 10**6)
    if not isinstance(walk, Walk) or len(walk.keys) != 1:
        raise TypeError(f"not one hot combination: {pairs}")
    return walk.keys[0]

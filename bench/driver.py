"""The limit of the database: the bare driver, one held connection, the hand-written query."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil
import psycopg

from bench import client

READ = "SELECT body FROM resource WHERE type = ? AND id = ?"
WALK = (
    "SELECT r.body FROM hot h JOIN resource r ON r.row = h.row WHERE h.key = ?"
    " ORDER BY h.sort {order}, h.row {order} LIMIT 50"
)
# The walk and a range of the sort value, as a day of slots has it.
SPAN = (
    "SELECT r.body FROM hot h JOIN resource r ON r.row = h.row WHERE h.key = ?"
    " AND h.sort >= ? AND h.sort < ? ORDER BY h.sort, h.row LIMIT 50"
)
Ask = Callable[[str, Sequence[Any]], bytes]


def asker(url: str) -> Ask:
    """Return the function that runs a query on a held connection and joins the bodies."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA mmap_size=2147418112")
        connection.execute("PRAGMA cache_size=-262144")
        run = connection.execute
    else:
        run = psycopg.connect(url, autocommit=True).cursor(binary=True).execute

    def ask(sql: str, values: Sequence[Any]) -> bytes:
        text = sql if url.startswith("sqlite") else sql.replace("?", "%s")
        return b",".join([bytes(row[0]) for row in run(text, values).fetchall()])

    return ask


def backends(url: str) -> dict[int, float]:
    """Return the processor seconds of each PostgreSQL process that serves the database."""
    if url.startswith("sqlite"):
        return {}
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        ).fetchall()
    return {pid: client.processor_of(pid) for (pid,) in found if psutil.pid_exists(pid)}


def per_call_us(work: Callable[[Any], Any], choices: Sequence[Any], seconds: float = 1.0) -> float:
    """Return the microseconds that `work` takes per call, over `choices` in turn."""
    for one in choices[:20]:
        work(one)
    start = time.perf_counter()
    calls = 0
    while (elapsed := time.perf_counter() - start) < seconds:
        for one in choices:
            work(one)
        calls += len(choices)
    return elapsed / calls * 1e6

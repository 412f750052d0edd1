"""How fast resources come in, to the same rows written by the bare driver."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from bench.asking import Line
from bench.databases import Databases, opened
from bench.dataset import id_, observations
from bench.measures import Figure
from bench.serving import SECRET
from fhirbridge.fhir.json import dump
from fhirbridge.store.tables.columns import metadata

BUNDLES, SIZE = 20, 100
BATCH = 1000
# Rows that the driver writes beside the product's own have numbers so far below theirs.
FAR, INTO_RESOURCE = 1 << 40, "INTO resource "
TABLES = [
    name
    for name in metadata.tables
    if name.startswith("idx_") or name in {"resource", "owner", "hot"}
]


def transactions(line: Line, url: str, kind: str) -> Figure:
    """Return the figure of transaction Bundles of 100 Observations that are not there yet.

    The driver writes the same rows once more, in the same database: another one would be smaller.
    They are about somebody whom nothing else here asks for: the database may be kept.
    """
    run = time.time_ns()
    somebody = {"reference": f"Patient/{id_('patient', 'of transactions')}"}
    new = [
        {**one, "id": id_("ingest", run, number), "subject": somebody}
        for number, one in enumerate(observations(BUNDLES * SIZE, seed=2))
    ]
    bundles = [_bundle(new[start : start + SIZE]) for start in range(0, len(new), SIZE)]
    start = time.perf_counter()
    for one in bundles:
        line.post("/fhir", one)
    rate = len(new) / (time.perf_counter() - start)
    limit = _inserted(url, url, [one["id"] for one in new], SIZE)
    name = f"transaction Bundles of {SIZE}, to the driver's insert"
    return Figure(name, kind, rate, limit, rate / limit, "resources/s", ">= 0.15")


def loading(kind: str, found: Databases, results: int) -> Figure:
    """Return the figure of `fhirbridge load` of NDJSON into an empty database."""
    url = found.fresh("loaded")
    opened(url).close()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "results.ndjson")
        file.write_bytes(b"".join(dump(one) + b"\n" for one in observations(results)))
        command = [sys.executable, "-m", "fhirbridge.cli", "load", str(file)]
        settings = {"FHIRBRIDGE_DATABASE_URL": url, "FHIRBRIDGE_SECRET_KEY": SECRET}
        start = time.perf_counter()
        subprocess.run(
            command,
            env={**os.environ, **settings, "FHIRBRIDGE_VAR": folder},
            check=True,
            capture_output=True,
        )
        rate = results / (time.perf_counter() - start)
    ids = [id_("observation", number) for number in range(results)]
    target = found.fresh("raw_load")
    opened(target).close()
    limit = _inserted(url, target, ids, BATCH)
    name = f"load of {results} lines, with its start, to the driver's insert"
    return Figure(name, kind, rate, limit, rate / limit, "resources/s", ">= 0.25")


def _bundle(resources: Sequence[dict[str, Any]]) -> bytes:
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"Observation/{one['id']}"}}
        for one in resources
    ]
    return dump({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def _inserted(source: str, target: str, ids: Sequence[str], size: int) -> float:
    """Return the resources per second of writing the rows of `ids`, `size` a transaction."""
    spent = 0.0
    reader, writer = _connection(source), _connection(target)
    remaining = iter(ids)
    while chosen := list(islice(remaining, size)):
        rows = _rows(reader, chosen, source)
        if source == target:
            rows = [(statement, _others(statement, values)) for statement, values in rows]
        start = time.perf_counter()
        cursor = writer.cursor()
        for statement, values in rows:
            cursor.executemany(statement, values)
        writer.commit()
        spent += time.perf_counter() - start
    reader.close()
    writer.close()
    return len(ids) / spent


def _rows(reader: Any, ids: Sequence[str], url: str) -> list[tuple[str, list[Any]]]:
    """Return the statements and rows that store these resources."""
    mark = "?" if url.startswith("sqlite") else "%s"
    marks = ", ".join([mark] * len(ids))
    chosen = f"SELECT row FROM resource WHERE type = 'Observation' AND id IN ({marks})"  # noqa: S608
    found = []
    for name in TABLES:
        names = [column.name for column in metadata.tables[name].columns]
        columns = ", ".join(f'"{one}"' for one in names)
        query = f"SELECT {columns} FROM {name} WHERE row IN ({chosen})"  # noqa: S608
        values = reader.execute(query, ids).fetchall()
        places = ", ".join([mark] * len(names))
        found.append((f"INSERT INTO {name} ({columns}) VALUES ({places})", values))  # noqa: S608
    return [one for one in found if one[1]]


def _others(statement: str, values: Sequence[Any]) -> list[Any]:
    """Return rows as `values` has them, of other resources: with numbers and ids of their own."""
    names = statement[statement.index("(") + 1 : statement.index(")")].replace('"', "").split(", ")
    row, id_ = names.index("row"), names.index("id") if INTO_RESOURCE in statement else None
    found = []
    for one in map(list, values):
        one[row] -= FAR
        if id_ is not None:
            one[id_] = one[id_][::-1]
        found.append(one)
    return found


def _connection(url: str) -> Any:
    if not url.startswith("sqlite"):
        return psycopg.connect(url)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "wal_autocheckpoint = 20000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection

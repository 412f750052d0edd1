"""A process that is killed in the middle of a unit leaves nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from store_world import Reader

from fhirbridge.store.store import Store

WRITER = """
import sys
from store_world import basic, opened
store = opened(sys.argv[1])
number = 0
while True:
    with store.transaction() as transaction:
        ids = [f"b{number}-{part}" for part in range(20)]
        transaction.put_all([(basic(id_, note=str(number)), None) for id_ in ids[:10]], now=number)
        transaction.flush()
        transaction.put_all([(basic(id_, note=str(number)), None) for id_ in ids[10:]], now=number)
        transaction.cursors.set("lab", "results", str(number), now=number)
    print(number, flush=True)
    number += 1
"""


def killed_after(url: str, units: int, pause: float) -> int:
    """Return the last unit that a writer said it finished before it was killed."""
    path = os.pathsep.join([str(Path.cwd()), str(Path(__file__).parents[1] / "servers")])
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert writer.stdout is not None
    said = [int(writer.stdout.readline()) for _ in range(units)]
    time.sleep(pause)
    os.kill(writer.pid, signal.SIGKILL)
    said += [int(line) for line in writer.stdout.read().split()]
    writer.stdout.close()
    writer.wait()
    return said[-1]


def test_a_killed_writer_leaves_whole_units_only(store: Store, database_url: str) -> None:
    last = killed_after(database_url, units=3, pause=0.011)
    position = store.cursors.get("lab", "results")
    assert position is not None
    assert int(position.value) >= last
    units = int(position.value) + 1
    rows = store.database.connection.rows
    assert rows("SELECT count(*) FROM resource") == [(20 * units,)]
    reader = Reader(store)
    for number in range(units):
        assert len(reader.ids(f"note={number}&_count=100")) == 20
    assert rows("SELECT count(DISTINCT row) FROM hot") == [(20 * units,)]
    assert rows("SELECT count(*) FROM owner") == [(20 * units,)]

"""A worker that may kill itself: `python mortal_worker.py drain|work|poll STATEMENTS LEASE`.

After STATEMENTS statements to the database it dies by SIGKILL (0: it lives). `drain` does what
is due in this process, `work` runs a real RQ worker, `poll`
what a worker has beside it.
"""

import os
import signal
import sys
import time

from fhirbridge import worker
from fhirbridge.settings import Settings
from fhirbridge.store.postgresql import PostgresConnection
from fhirbridge.store.sqlite import SqliteConnection
from fhirbridge.sync.redis import connect

CALLS = ("rows", "execute", "many", "fill", "commit")


def doom(statements):
    """Die at the given statement, before it is run."""
    left = [statements]

    def counted(run):
        def call(self, *arguments, **named):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return run(self, *arguments, **named)

        return call

    for kind in (SqliteConnection, PostgresConnection):
        for name in CALLS:
            setattr(kind, name, counted(getattr(kind, name)))


def main():
    what, statements, lease = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    settings = Settings.load()
    if statements:
        doom(statements)
    if what == "work":
        worker.work(settings, burst=True, lease_seconds=lease)
        return
    if what == "poll":
        worker.poll(settings, settings.redis_url, os.getppid())
        return
    sources = worker.declared(settings)
    with connect(settings.redis_url) as redis:
        desk = worker.open_desk(settings, sources, redis, lease)
        deadline = time.monotonic() + 60
        while desk.bridge.store.run(lambda tx: tx.outbox.count()).get("due"):
            assert time.monotonic() < deadline
            desk.drain()
            time.sleep(0.05)


if __name__ == "__main__":
    main()

"""A web process on one processor of its own.

Its threads take turns, for one at a time runs Python. Where one thread has to wake another on a
second processor at each turn, half of the throughput is gone. `docs/adr/0019-*`.
"""

import os
import socket
import sys
from pathlib import Path

from fhirbridge.app.process import from_environment as anywhere
from fhirbridge.app.receiving import Receiving

# A name in Linux's abstract namespace: it is free again when the process that has it ends.
NAME = "\0fhirbridge-processor-{}"
STAT = Path("/proc/self/stat")
# https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: `processor`, counted after the name.
PROCESSOR = 36


def from_environment() -> Receiving:
    """Return the application that the environment describes, in a process that keeps its place."""
    keep_to_one()
    return anywhere()


def keep_to_one() -> int | None:
    """Let this process run on one processor that no other of ours has; return its number.

    Only Linux can. None when it cannot, or when each that is allowed is taken.
    """
    if sys.platform != "linux":
        return None
    # Where the kernel has put us comes first: it knows what else runs.
    here = int(STAT.read_text("ascii", "replace").rpartition(")")[2].split()[PROCESSOR])
    for one in sorted(os.sched_getaffinity(0), key=lambda number: (number != here, number)):
        if _take(one):
            os.sched_setaffinity(0, {one})
            return one
    return None


def _take(number: int) -> bool:
    """Return whether the processor was free; it is this process's until it ends."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(NAME.format(number))
    except OSError:
        mark.close()
        return False
    mark.detach()
    return True

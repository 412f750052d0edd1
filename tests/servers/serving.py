"""`fhirbridge serve` on a free port over a filled clinic: what a client on the network sees."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rest_clinic import Clinic, a_clinic

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


@dataclass(frozen=True)
class Served:
    """The base URL of a running server and the clinic behind it."""

    url: str
    clinic: Clinic

    @property
    def token(self):
        return self.clinic.tokens["system"]


@contextmanager
def serving(folder):
    """Run `fhirbridge serve` in a process of its own until the end of the block."""
    clinic = a_clinic(f"sqlite:///{folder}/clinic.sqlite")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "FHIRBRIDGE_DATABASE_URL": clinic.url,
        "FHIRBRIDGE_SECRET_KEY": "0123456789abcdef0123456789abcdef",
        "FHIRBRIDGE_TIME_ZONE": "Europe/Moscow",
        "FHIRBRIDGE_VAR": str(folder),
        "FHIRBRIDGE_BASE_URL": f"http://127.0.0.1:{port}/fhir",
    }
    command = [sys.executable, "-m", "fhirbridge.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait(port, process)
        yield Served(f"http://127.0.0.1:{port}/fhir", clinic)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        clinic.server.store.close()


def wait(port, process):
    """Return when the server listens; raises TimeoutError, or RuntimeError when it ended."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.05)
    raise TimeoutError("nothing listens")

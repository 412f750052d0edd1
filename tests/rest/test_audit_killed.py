"""Real servers, killed in the middle of their work: what was answered is on record, once."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from rest_clinic import a_clinic

from fhirbridge.fhir import json
from fhirbridge.store.audit.reading import journals
from fhirbridge.sync.audit import Trail

ROOT = Path(__file__).parents[2]
CLIENTS = 2  # of each server
PATHS = ["Patient/A", "Observation?code=718-7&_count=3", "Patient/nobody", "Slot?status=busy"]


@pytest.fixture
def clinic(database_url):
    made = a_clinic(database_url)
    yield made
    made.server.store.close()


class Served:
    """A granian behind a unix socket."""

    def __init__(self, clinic, folder, name):
        self.name = name
        self.path, self.token = folder / name, clinic.tokens["system"]
        environment = {
            **os.environ,
            "FHIRBRIDGE_DATABASE_URL": clinic.url,
            "FHIRBRIDGE_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "FHIRBRIDGE_VAR": str(folder),
            "FHIRBRIDGE_BASE_URL": "https://clinic.example",
        }
        command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
        self.process = subprocess.Popen(
            [*command, "--uds", self.path, "--no-ws", "wsgi:app"], env=environment, cwd=ROOT
        )
        self.answered = []

    def ask(self, path, number):
        """Return the status of one request, 0 when no whole answer came."""
        message = (
            f"GET {path} HTTP/1.0\r\nHost: x\r\nX-Request-Id: {number}\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n"
        )
        answer = b""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(20)
                connection.connect(str(self.path))
                connection.sendall(message.encode())
                while part := connection.recv(65536):
                    answer += part
        except OSError:
            return 0
        head, _, body = answer.partition(b"\r\n\r\n")
        length = f"content-length: {len(body)}".encode()
        return int(head.split()[1]) if body and length in head.lower() else 0

    def wait(self):
        for _ in range(300):
            assert self.process.poll() is None, "granian ended"
            if self.path.exists() and self.ask("/health/live", "up") == 200:
                return
            time.sleep(0.1)
        pytest.fail("granian did not start")

    def load(self, client):
        """Ask until the server is gone."""
        number, gone = 0, 0
        while gone < 3:
            name, number = f"{self.name}-{client}-{number}", number + 1
            status = self.ask(f"/fhir/{PATHS[number % len(PATHS)]}", name)
            gone = 0 if status else gone + 1
            if status in {200, 404}:
                self.answered.append(name)

    def kill(self):
        """End every process of it at once, as a power cut of the program would."""
        family = [*psutil.Process(self.process.pid).children(recursive=True), self.process]
        for one in [self.process, *family[:-1]]:
            one.send_signal(signal.SIGKILL)
        self.process.wait(timeout=20)
        psutil.wait_procs(family[:-1], timeout=20)


def test_what_was_answered_before_the_kill_is_on_record_exactly_once(clinic):
    with tempfile.TemporaryDirectory() as folder:
        servers = [Served(clinic, Path(folder), name) for name in ("one", "two")]
        trail = Trail(clinic.server.store, Path(folder) / "audit", clinic.clock)
        try:
            clients = loaded(servers)
            deadline = time.monotonic() + 60
            while min(len(one.answered) for one in servers) < 150:
                assert time.monotonic() < deadline
                trail.bring_in()  # while they are written, too
                time.sleep(0.05)
        finally:
            for one in servers:
                one.kill()
        for one in clients:
            one.join(timeout=60)
        assert len(journals(trail.folder)) == 2
        bring_in_all(trail)
        recorded = numbers(clinic)
    answered = [name for one in servers for name in one.answered]
    assert set(recorded.values()) == {1}
    assert set(answered) <= recorded.keys()
    # What was recorded and not answered is the last request of each client, nothing else.
    assert len(recorded) - len(answered) <= len(clients)


def bring_in_all(trail):
    # A journal is locked until the last thread of its process is gone, which may wait for the disk.
    deadline = time.monotonic() + 20
    while journals(trail.folder):
        assert time.monotonic() < deadline, "a journal of a dead process stays"
        trail.bring_in()
        time.sleep(0.05)


def loaded(servers):
    """Return the clients that ask the servers, each until its server is gone."""
    for one in servers:
        one.wait()
    threads = [
        threading.Thread(target=one.load, args=(number,))
        for one in servers
        for number in range(CLIENTS)
    ]
    for one in threads:
        one.start()
    return threads


def numbers(clinic):
    rows = clinic.server.store.database.connection.rows(
        "SELECT body FROM resource WHERE type = 'AuditEvent'"
    )
    return Counter(
        detail["valueString"]
        for (body,) in rows
        for entity in json.parse(bytes(body)).get("entity", ())
        for detail in entity.get("detail", ())
        if detail["type"] == "request"
    )

"""The processes of the demo: started with a log each, watched, and ended together."""

import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from fhirbridge.settings import SettingsError
from fhirbridge.sync.redis import tied

PATIENCE_SECONDS = 30.0


class Children:
    """Our own child processes; each ends when this process does, however it ends."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Start `fhirbridge ARGUMENTS`; what it says goes into its log."""
        self._launch(name, ["-m", "fhirbridge.cli", *arguments])

    def sandbox(self, *arguments: str) -> dict[str, str]:
        """Start the stand-ins and return their base URLs by source."""
        self._launch("sandbox", ["-m", "fhirbridge.sandbox", *arguments])
        log = self._log("sandbox")
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            lines = [line.split() for line in log.read_text("utf-8").splitlines()]
            found = {line[0]: line[1] for line in lines if line and line[0] in {"onec", "qlab"}}
            if len(found) == len({"onec", "qlab"}):
                return found
            self.check()
            time.sleep(0.05)
        raise SettingsError(f"the stand-ins did not start: see {log}")

    def wait_for(self, port: int) -> None:
        """Return when the server is ready; raises SettingsError when it does not become so."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                    return
            except (URLError, OSError):
                self.check()
                time.sleep(0.05)
        raise SettingsError(f"the server did not start: see {self._log('serve')}")

    def check(self) -> None:
        """Raise SettingsError when one of the processes has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise SettingsError(f"{name} has ended: see {self._log(name)}")

    def watch(self) -> None:
        """Wait as long as all are running; raises SettingsError when one is not."""
        while True:
            self.check()
            time.sleep(1)

    def stop(self) -> None:
        """End all of them, the last one started first."""
        for process in reversed(self._running.values()):
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _launch(self, name: str, arguments: list[str]) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._log(name).open("w", encoding="utf-8") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 (our own programs)
                tied(sys.executable, arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
            )

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

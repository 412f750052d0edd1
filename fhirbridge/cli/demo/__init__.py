"""`fhirbridge demo`: a stand-in clinic, and the whole product around it, on this machine."""

import contextlib
import signal
import socket
from collections.abc import Iterator

import click
from rich.console import Console

from fhirbridge.cli.demo.check import check
from fhirbridge.cli.demo.clinic import Clinic, opened, synchronised
from fhirbridge.cli.demo.processes import Children
from fhirbridge.cli.demo.summary import commands, keep, summary
from fhirbridge.settings import Settings, SettingsError

PORT = 8000


@click.command()
@click.option("--once", is_flag=True, help="Do the first sync, check everything over HTTP, end.")
@click.option("--port", type=int, help=f"Port of the server (default {PORT}; --once: a free one).")
def command(port: int | None, *, once: bool) -> None:
    """Start stand-ins for 1C and a laboratory, a worker and the server; pull, map, serve."""
    console = Console()
    with children() as processes:
        chosen = _port(port, free=once)
        clinic = opened(processes, chosen, console)
        synchronised(clinic, processes, console)
        processes.start("serve", "serve", "--port", str(chosen), "--workers", "2")
        processes.wait_for(chosen)
        patients = keep(clinic)
        summary(clinic, console)
        check(clinic.base_url, patients, console)
        if not once:
            processes.start("cron", "cron")
            commands(clinic, patients, console)
            processes.watch()


@contextlib.contextmanager
def children() -> Iterator[Children]:
    """Give the processes of the demo; all of them end with it, also when it is terminated."""
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    processes = Children(Settings.load().var / "log")
    try:
        yield processes
    except KeyboardInterrupt:
        click.echo("stopped")
    finally:
        processes.stop()


def _port(wanted: int | None, *, free: bool) -> int:
    """Return the port to serve on; raises SettingsError when somebody else has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or (0 if free else PORT)))
        except OSError as error:
            port = wanted or PORT
            raise SettingsError(f"port {port} is taken: choose another, make demo PORT=") from error
        return int(probe.getsockname()[1])


__all__ = ["Clinic", "command"]

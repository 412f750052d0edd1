"""`fhirbridge serve`: the web process under granian."""

from contextlib import closing

import click

from fhirbridge.app.process import open_store
from fhirbridge.app.receiving import THREADS
from fhirbridge.settings import Settings, declare

# How long a client may take for its headers, and an ending process for its last answers.
HEADER_MILLISECONDS = 10_000
STOP_SECONDS = 10
ANYWHERE = "fhirbridge.app:from_environment"
PINNED = "fhirbridge.app.one_processor:from_environment"
# Addresses that stand for every address of this machine: none that a client could call.
EVERY = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 (compared, not listened on)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, help="Processes; as many as cores.")
@click.option("--pin/--no-pin", default=True, show_default=True, help="Each process on one core.")
def command(host: str, port: int, workers: int, *, pin: bool) -> None:
    """Serve FHIR over HTTP."""
    from granian import Granian  # noqa: PLC0415 (costs time that other commands need not pay)
    from granian.constants import Interfaces  # noqa: PLC0415
    from granian.http import HTTP1Settings  # noqa: PLC0415

    settings = Settings.load()
    settings.secret()
    with closing(open_store(settings)) as store:
        store.check()
    if not settings.base_url and host not in EVERY:
        shown = f"[{host}]" if ":" in host else host
        declare({"FHIRBRIDGE_BASE_URL": f"http://{shown}:{port}/fhir"})
    Granian(
        PINNED if pin else ANYWHERE,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        workers_kill_timeout=STOP_SECONDS,
        factory=True,
        log_access=False,
    ).serve()

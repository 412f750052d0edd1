"""`python -m fhirbridge.sandbox`: serve both stand-ins until interrupted.

Prints `onec URL` and `qlab URL`, one a line, as soon as both listen.
"""

import argparse
import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fhirbridge.sandbox.clock import Clock
from fhirbridge.sandbox.onec import OneC, create_onec
from fhirbridge.sandbox.qlab import Qlab, create_qlab
from fhirbridge.sandbox.server import serve
from fhirbridge.sandbox.service import NOTICE
from fhirbridge.sandbox.world import Size, World


def main(arguments: list[str] | None = None) -> None:
    """Serve as the command line says."""
    options = _parser().parse_args(arguments)
    world = World(
        seed=options.seed,
        size=Size(options.doctors, options.days, options.patients, options.orders),
        clock=Clock(ZoneInfo(options.zone), options.now),
        journal=options.journal,
    )
    setup = OneC(
        licences=options.licences,
        free_only=options.free_only,
        delete_allowed=not options.no_delete,
        strict_dates=not options.iso_dates,
    )
    with (
        serve(create_onec(world, setup), options.onec_port) as onec,
        serve(create_qlab(world), options.qlab_port) as qlab,
    ):
        print(NOTICE)  # noqa: T201 - a command line
        print(f"onec {onec}{setup.prefix}", flush=True)  # noqa: T201
        print(f"qlab {qlab}{Qlab().prefix}", flush=True)  # noqa: T201
        threading.Event().wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fhirbridge.sandbox", description=NOTICE)
    size = Size()
    for name, value, text in (
        ("--onec-port", 0, "port of the stand-in for 1C; 0: any free one"),
        ("--qlab-port", 0, "port of the stand-in for the laboratory; 0: any free one"),
        ("--seed", 1, "the same seed makes the same world"),
        ("--doctors", size.doctors, "doctors in the directory"),
        ("--days", size.days, "days of schedule ahead, today included"),
        ("--patients", size.patients, "people"),
        ("--orders", size.orders, "laboratory orders of the last 30 days, about"),
        ("--licences", 4, "1C sessions at the same time"),
    ):
        parser.add_argument(name, type=int, default=value, help=f"{text} (default {value})")
    parser.add_argument("--zone", default="Europe/Moscow", help="zone of the world's clock")
    parser.add_argument("--now", type=datetime.fromisoformat, help="stop the clock at this time")
    parser.add_argument("--journal", type=Path, help="file that keeps bookings over a restart")
    parser.add_argument("--free-only", action="store_true", help="schedule without statuses")
    parser.add_argument("--no-delete", action="store_true", help="the web server forbids DELETE")
    parser.add_argument("--iso-dates", action="store_true", help="also read yyyy-MM-dd in paths")
    return parser


if __name__ == "__main__":
    main()

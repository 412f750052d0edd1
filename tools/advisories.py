"""Ask the open advisory database about every pinned dependency: a known weakness is an error.

One request to OSV, which holds PyPI's advisories and GitHub's: https://google.github.io/osv.dev/.
Where it cannot be reached one line says so; with `--strict` that is an error as well.
"""

# ruff: noqa: INP001, S310 - a script, no package; the address is the developer's own

import argparse
import json
import re
import sys
import threading
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVICE = "https://api.osv.dev/v1/querybatch"
JSON = "application/json"
PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)")
# Advisories that do not concern this program: id → why.
ACCEPTED: Mapping[str, str] = {}


def main() -> int:
    """Return 1 when an advisory was found or, with `--strict`, nothing could be asked."""
    chosen = arguments()
    pinned = [one for file in chosen.files for one in pins(file.read_text("utf-8"))]
    answer = asked(pinned, chosen.service, chosen.patience)
    if answer is None:
        sys.stdout.write("Advisories: the database cannot be reached, so nothing was asked\n")
        return int(chosen.strict)
    found = {pin: ids - ACCEPTED.keys() for pin, ids in answer.items() if ids - ACCEPTED.keys()}
    for (name, version), ids in found.items():
        sys.stderr.write(f"{name} {version}: {', '.join(sorted(ids))}\n")
    sys.stdout.write(f"Advisories: {len(found)} of {len(pinned)} pinned dependencies have any\n")
    return int(bool(found))


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[ROOT / "requirements.txt"])
    parser.add_argument("--strict", action="store_true", help="not to be able to ask is an error")
    parser.add_argument("--service", default=SERVICE, help="where the database answers")
    parser.add_argument("--patience", default=4.0, type=float, help="seconds for all of it")
    return parser.parse_args()


def pins(text: str) -> list[tuple[str, str]]:
    """Return name and version of each line of a requirements file."""
    return [match.groups() for line in text.splitlines() if (match := PINNED.match(line))]


def asked(
    pinned: list[tuple[str, str]], service: str, patience: float
) -> dict[tuple[str, str], set[str]] | None:
    """Return the ids of each one's advisories; None when no whole answer came in time.

    In a thread, because looking up a name may outlast every timeout.
    """
    answers: list[object] = []

    def ask() -> None:
        request = urllib.request.Request(service, question(pinned), {"Content-Type": JSON})
        try:
            with urllib.request.urlopen(request, timeout=patience) as answer:
                answers.append(json.load(answer))
        except (OSError, ValueError, HTTPException):
            return

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    return understood(answers[0], pinned) if answers else None


def question(pinned: list[tuple[str, str]]) -> bytes:
    """Return the body of https://google.github.io/osv.dev/post-v1-querybatch/."""
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in pinned
    ]
    return json.dumps({"queries": queries}).encode()


def understood(
    answer: object, pinned: list[tuple[str, str]]
) -> dict[tuple[str, str], set[str]] | None:
    """Return the ids by dependency; None for what is no answer to the question."""
    try:
        results = answer["results"]  # type: ignore[index]
        ids = [{one["id"] for one in result.get("vulns", ())} for result in results]
    except (KeyError, TypeError, AttributeError):
        return None
    return dict(zip(pinned, ids, strict=True)) if len(ids) == len(pinned) else None


if __name__ == "__main__":
    sys.exit(main())

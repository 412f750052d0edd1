"""Switch off one protection at a time and write after how many requests that was noticed.

The requests and the worlds are those of tests/rest/test_noninterference.py. About a minute.
"""

# ruff: noqa: INP001, PLC0415 - a script; what it needs lies with the tests

import logging
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/isolation.md"
SEEDS = (1, 2, 3, 4, 5)
MOST = 20_000
TABLE = "| feature | switched off | noticed at request |\n| --- | --- | --- |\n"


def main() -> int:
    """Return 1 when something was not noticed."""
    sys.path.insert(0, str(ROOT / "tests/servers"))
    from mutations import MUTATIONS, caught
    from twin_worlds import twins

    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        worlds = twins(lambda name: f"sqlite:///{folder}/{name}.sqlite")
        found = {one: [caught(worlds, one, MOST, seed) for seed in SEEDS] for one in MUTATIONS}
    text = PAGE.read_text(encoding="utf-8").partition(TABLE)[0]
    PAGE.write_text(text + TABLE + "".join(rows(found)), encoding="utf-8")
    return int(any(None in numbers for numbers in found.values()))


def rows(found: dict) -> Iterator[str]:
    """Yield the lines of the table."""
    for one, numbers in found.items():
        told = ", ".join("not" if number is None else f"{number:,}" for number in numbers)
        yield f"| {one.feature} | {one.what} | {told} |\n"


if __name__ == "__main__":
    sys.exit(main())

"""The one door to the data that ships with the program: `mappings/` and `terminology/`.

In a checkout they lie beside the package, in a wheel inside it, under `_data`.
"""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def folder(name: str) -> Path:
    """Return the folder `name` ("mappings" or "terminology") of the shipped data."""
    return _root() / name


def read(relative: str) -> bytes:
    """Return the bytes of the shipped file `relative`, such as `terminology/r4/codes.json`.

    Raises FileNotFoundError when there is none, and ValueError for a path that leads out.
    """
    path = (_root() / relative).resolve()
    if not path.is_relative_to(_root().resolve()):
        raise ValueError(f"{relative} is outside the shipped data")
    return path.read_bytes()


@cache
def _root() -> Path:
    inside = PACKAGE / "_data"
    return inside if inside.is_dir() else PACKAGE.parent

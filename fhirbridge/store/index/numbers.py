"""The numbers under which rows lie in the index."""

from functools import lru_cache
from zlib import crc32

# What the resource itself is found by; the views of patients have a name of their own.
WHOLE = ""


@lru_cache(maxsize=65536)
def param(type_: str, code: str, view: str = WHOLE) -> int:
    """Return the number under which a parameter's rows are stored: signed 32 bits."""
    number = crc32(f"{type_}.{code}{view}".encode())
    return number - 2**32 if number >= 2**31 else number


def part_code(code: str, number: int) -> str:
    """Return the code under which one part of a composite is stored."""
    return f"{code}${number}"


def view_of(patient: str | None) -> str:
    """Return the name of what `patient` is shown; None: what every patient is."""
    return f"@{patient or ''}"

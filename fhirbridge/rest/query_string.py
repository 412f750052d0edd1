"""Name-value pairs of a query string or form, decoded strictly: nothing is guessed or dropped.

https://url.spec.whatwg.org/#urlencoded-parsing
"""

import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from fhirbridge.fhir.errors import FhirError, Invalid

LONGEST = 16 * 1024
MOST_PAIRS = 200
# A pair of so many characters is read each time, a shorter one is remembered.
LONG = 256

# What a FHIR search value may show as it is in a link; the rest is percent-encoded. A pipe is no
# character of a URI (RFC 3986): strict clients would not follow a link that holds one.
LEGIBLE = "-._~:/,$*@"
PLAIN = re.compile(r"[A-Za-z0-9\-._~:/,$*@]*", re.ASCII)

Pairs = tuple[tuple[str, str], ...]


class UriTooLong(FhirError):  # noqa: N818 - as its family in fhir.errors
    """A query string past the limit: send it as a form to `_search`."""

    status = 414
    code = "too-long"


def pairs(text: str) -> Pairs:
    """Return the pairs of `text` in order.

    Raises Invalid when it is not UTF-8, has a NUL, or has too many pairs; UriTooLong past 16 KiB.
    """
    if not text:
        return ()
    if len(text) > LONGEST:
        raise UriTooLong(f"The query string is longer than {LONGEST} characters: use _search")
    return split(text)


def split(text: str) -> Pairs:
    """Return the pairs of `text`, of any length (a form has the limit of a body)."""
    parts = [part for part in text.split("&") if part]
    if len(parts) > MOST_PAIRS:
        raise Invalid(f"More than {MOST_PAIRS} parameters")
    return tuple([_pair(part) if len(part) < LONG else _read(part) for part in parts])


def joined(pairs_: Pairs) -> str:
    """Return the query string of `pairs_`: ASCII, safe inside a JSON string and an HTML page."""
    return "&".join([f"{_encoded(name)}={_encoded(value)}" for name, value in pairs_])


@lru_cache(maxsize=1024)
def _encoded(text: str) -> str:
    return text if PLAIN.fullmatch(text) else quote(text, safe=LEGIBLE)


@lru_cache(maxsize=1024)
def _pair(part: str) -> tuple[str, str]:
    """Return the pair that `part` is, as it was read when it was last asked for."""
    return _read(part)


def _read(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    if part.isascii() and "%" not in part and "+" not in part:
        return name, value
    return _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    """Return `text` without percent-encoding; raises Invalid."""
    raw = text.replace("+", " ")
    try:
        # WSGI hands bytes above 127 over as Latin-1 characters.
        decoded = unquote_to_bytes(raw.encode("latin-1")).decode("utf-8")
    except UnicodeError as error:
        raise Invalid("The parameters are not UTF-8") from error
    if "\0" in decoded:
        raise Invalid("The parameters hold a NUL character")
    return decoded

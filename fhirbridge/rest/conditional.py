"""Conditional reads: the client has this version already.

Asked only about a resource the caller may see: visibility comes first.
https://hl7.org/fhir/R4/http.html#cread
"""

from calendar import timegm
from collections.abc import Mapping
from email.utils import formatdate, parsedate_tz
from functools import lru_cache

MICROSECONDS = 1_000_000


def http_date(moment: int) -> str:
    """Return microseconds since 1970 UTC as an HTTP date, whole seconds.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    """
    return _in_words(moment // MICROSECONDS)


@lru_cache(maxsize=4096)
def _in_words(second: int) -> str:
    """Return an HTTP date; what was stored together shares it."""
    return formatdate(second, usegmt=True)


def unchanged(headers: Mapping[str, str], etag: str, updated: int | None) -> bool:
    """Return whether the client's copy is good: If-None-Match, else If-Modified-Since.

    `updated` None: the view is undated, so only the ETag counts.
    """
    known = headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or opaque(etag) in map(opaque, known.split(","))
    since = headers.get("if-modified-since")
    if since is None or updated is None:
        return False
    moment = _seconds(since)
    return moment is not None and updated // MICROSECONDS <= moment


def opaque(tag: str) -> str:
    """Return the tag without weakness and quotes: reads compare weakly."""
    return tag.strip().removeprefix("W/").strip('"')


def _seconds(text: str) -> int | None:
    """Return an HTTP date as seconds since 1970 UTC; None when it is not one."""
    try:
        parsed = parsedate_tz(text)
        return None if parsed is None else timegm((*parsed[:6], 0, 0, 0)) - (parsed[9] or 0)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None

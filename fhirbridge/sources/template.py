"""Templates of a request: `{name}`, `{name?}` (may be absent), `{name:%Y%m%d}`, `{name:8}`.

Dates may be given as dates or as ISO text. The format `8` writes a Russian phone as 8XXXXXXXXXX.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from fhirbridge.sources.errors import Incomplete

FIELD = re.compile(r"\{(?P<name>\w+)(?P<optional>\?)?(?::(?P<form>[^{}]+))?\}")


def fill(template: Any, values: Mapping[str, Any], escape: Callable[[str], str] = str) -> Any:
    """Return `template` with its fields filled in, to any depth.

    A text that is one field alone becomes the value itself, so a list stays a list. Every
    declared key is kept: an absent optional value is an empty text, because 1C reads keys
    without asking whether they are there. Raises Incomplete for a value that must be given.
    """
    if isinstance(template, Mapping):
        return {key: fill(part, values, escape) for key, part in template.items()}
    if isinstance(template, list | tuple):
        return [fill(part, values, escape) for part in template]
    if not isinstance(template, str):
        return template
    alone = FIELD.fullmatch(template)
    if alone and isinstance(values.get(alone["name"]), list | tuple | dict | bool | int):
        return values[alone["name"]]
    return FIELD.sub(lambda match: escape(_text(match, values)), template)


def path(template: str, values: Mapping[str, Any]) -> str:
    """Return a path in which no value can add a segment or a query."""
    return str(fill(template, values, _segment))


def _segment(text: str) -> str:
    """Return `text` percent-encoded; `.` and `..` would climb, so their dots are encoded too."""
    return "%2E" * len(text) if text in {".", ".."} else quote(text, safe="")


def _text(match: re.Match[str], values: Mapping[str, Any]) -> str:
    value = values.get(match["name"])
    if value is None or value == "":
        if match["optional"]:
            return ""
        raise Incomplete(f"{match['name']} is not given")
    form = match["form"]
    if form is None:
        return value.isoformat() if isinstance(value, date) else str(value)
    return _domestic(str(value)) if form == "8" else _moment(match["name"], value).strftime(form)


def _moment(name: str, value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise Incomplete(f"{name} is not a date") from None


def _domestic(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return f"8{digits[1:]}" if digits[:1] in {"7", "8"} else digits

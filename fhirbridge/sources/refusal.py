"""What an answer that is not data means: by the profile's rules, wordings, and the status."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fhirbridge.fhir import json
from fhirbridge.sources import onec
from fhirbridge.sources.envelope import decode, parse
from fhirbridge.sources.errors import (
    BY_NAME,
    Denied,
    LicenceRefused,
    NotData,
    NotPublished,
    Refused,
    SourceError,
    Throttled,
    Unavailable,
)
from fhirbridge.sources.recognise import ABSENT, at, holds
from fhirbridge.sources.words import Rule

ERROR = 400
SERVER_ERROR = 500
STATUSES: dict[int, type[SourceError]] = {
    401: Denied,
    403: Denied,
    404: NotPublished,
    405: NotPublished,
    406: LicenceRefused,
    408: Unavailable,
    410: NotPublished,
    425: Unavailable,
    429: Throttled,
    501: NotPublished,
}
SHAPES = {"http_json": (), "onec": onec.SHAPES}
MARKUP = re.compile(r"<[^>]*>|\s+")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer: header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply with its text and its JSON value; `value` is None when the text is no JSON."""

    reply: Reply
    text: str
    value: Any


def read(reply: Reply, charset: str) -> Reading:
    """Return `reply` decoded as far as it can be; never raises."""
    try:
        text = decode(reply.body, charset, reply.headers.get("content-type", ""))
    except NotData:
        return Reading(reply, "", None)
    try:
        return Reading(reply, text, parse(text))
    except NotData:
        return Reading(reply, text, None)


def refusal(reading: Reading, adapter: str, rules: Iterable[Rule]) -> SourceError | None:
    """Return what the answer says instead of data, or None when it may be data."""
    status = reading.reply.status
    for rule in rules:
        if holds(rule, status, reading.text, reading.value):
            return BY_NAME[rule.error](_message(rule, reading))
    return _wording(reading, adapter) or _by_status(reading.reply)


def _wording(reading: Reading, adapter: str) -> SourceError | None:
    """Return what the adapter's wordings say; data itself is never searched for them."""
    inner = onec.innermost(reading.value)
    if reading.reply.status < ERROR and reading.value is not None and inner is None:
        return None
    whole = reading.text if reading.value is None else json.dump(reading.value).decode()
    for shape, error in SHAPES[adapter]:
        found = shape.search(whole)
        if found:
            plain = whole[found.start() :] if reading.value is None else found[0]
            return error(inner or MARKUP.sub(" ", plain))
    return NotData("an exception instead of data") if inner and adapter == "onec" else None


def _by_status(reply: Reply) -> SourceError | None:
    if reply.status < ERROR:
        return None
    other = Unavailable if reply.status >= SERVER_ERROR else Refused
    return STATUSES.get(reply.status, other)(f"HTTP {reply.status}", pause=_pause(reply))


def _pause(reply: Reply) -> float | None:
    """Return the seconds of a Retry-After header (its date form is not used by 1C)."""
    seconds = reply.headers.get("retry-after", "")
    return float(seconds) if seconds.isdecimal() else None


def _message(rule: Rule, reading: Reading) -> str:
    said = at(reading.value, rule.message) if rule.message else ABSENT
    return "" if said is ABSENT else str(said)

# ruff: noqa: N818 - each class is named for its meaning
"""Why a source gave no data: one class per meaning, in families by what a worker does about it.

`Retry`: the same call may succeed later. `Skip`: this record only, go on with the others.
`Abort`: stop the stream, a person has to look. `OutcomeUnknown`: find out first, never repeat.
Texts carry the class and one short line: answers of a source hold names and parts of queries.
"""

import re
from typing import ClassVar

LONGEST_DETAIL = 160
DIGITS = re.compile(r"\d{5,}")


def first_line(text: str) -> str:
    """Return the first line of `text`, short, its long numbers masked: fit for a log."""
    lines = text.strip().splitlines()
    return DIGITS.sub("…", lines[0])[:LONGEST_DETAIL] if lines else ""


class SourceError(Exception):
    """A call that gave no data. `pause` is how many seconds to wait, where the source says so."""

    reason: ClassVar[str] = "source-error"

    def __init__(self, detail: str = "", *, pause: float | None = None) -> None:
        self.detail = first_line(detail)
        self.pause = pause
        super().__init__(f"{self.reason}: {self.detail}" if self.detail else self.reason)


class Retry(SourceError):
    """Nothing was done; the same call may succeed later."""


class Skip(SourceError):
    """This record or request only; the others of the stream go on."""


class Abort(SourceError):
    """The whole stream stops until a person or the timetable starts it again."""


class OutcomeUnknown(SourceError):
    """A write whose answer was lost or is not an answer: it may have been done."""

    reason = "outcome-unknown"


class Unavailable(Retry):
    """No connection, no answer in time, or a server error that says nothing more."""

    reason = "unavailable"


class Unreachable(Unavailable):
    """No connection was made, so nothing was sent: safe to repeat even for a write."""

    reason = "unreachable"


class Throttled(Retry):
    """Too many requests; `pause` when the source named it."""

    reason = "throttled"


class LicenceRefused(Retry):
    """1C has no free licence or session: transient, wait (sources.md 1.4)."""

    reason = "licence-refused"


class SessionLost(Retry):
    """The session of our cookie is gone: start another."""

    reason = "session-lost"


class NotData(Retry):
    """An answer that is not the declared envelope: never to be read as an empty list."""

    reason = "not-data"


class Missing(Skip):
    """The source says, in its own words, that this object does not exist (or not yet)."""

    reason = "missing"


class NotTheFile(Skip):
    """Something else than the file that was asked for, such as a page that says why."""

    reason = "not-the-file"


class Refused(Skip):
    """A business refusal; nothing was done."""

    reason = "refused"


class Conflict(Refused):
    """The time is taken, or the order exists already."""

    reason = "conflict"


class Crashed(Skip):
    """The source's own code failed on this request (text of a module exception)."""

    reason = "crashed"


class Incomplete(Skip):
    """A field that the operation needs was not given: nothing was sent."""

    reason = "incomplete"


class Denied(Abort):
    """Wrong user, password or key, or no right: never repeat, accounts get locked."""

    reason = "denied"


class Locked(Abort):
    """The infobase is closed for maintenance: a long pause."""

    reason = "locked"


class NotPublished(Abort):
    """The address or the method is not served here: publication, prefix, verb, redirect."""

    reason = "not-published"


class TooLarge(Abort):
    """An answer past the byte limit of the profile."""

    reason = "too-large"


BY_NAME: dict[str, type[SourceError]] = {
    kind.reason: kind
    for kind in (
        *(Unavailable, Throttled, LicenceRefused, SessionLost, NotData),
        *(Missing, Refused, Conflict, Crashed),
        *(Denied, Locked, NotPublished),
    )
}

"""One line of the audit trail, as small as a request can pay for: `AuditEvent`s are made later."""

from typing import Any, NamedTuple, Self
from zlib import crc32

import orjson

FORMAT = 1
# A search among what is one patient's: R4 has no code of its own for it.
COMPARTMENT = "search-compartment"


class Damaged(ValueError):  # noqa: N818 (said of a line)
    """A line that is not as it was written."""


class Entry(NamedTuple):
    """Who asked for what, when, from where, under which grant, and how it ended.

    `time` is in microseconds since 1970 UTC. `interaction` is R4's code, "" for what is none, or
    one of `deeds`; in COMPARTMENT `id_` is the patient's. `type_`, `id_` and `query` are what was
    asked; `found` are the references of what was answered or changed. `grant` stands for the token
    without being it, `emergency` is why somebody looked beyond their own patients.
    """

    time: int
    interaction: str
    method: str
    type_: str = ""
    id_: str = ""
    version: str = ""
    query: str = ""
    status: int = 200
    kind: str = ""
    client: str | None = None
    user: str | None = None
    patient: str | None = None
    scopes: str = ""
    grant: str = ""
    address: str = ""
    number: str = ""
    found: tuple[str, ...] = ()
    emergency: str = ""

    def line(self) -> bytes:
        """Return the entry as one line of a journal: checksum, a space, JSON, a line feed."""
        text = orjson.dumps((FORMAT, *self))
        return b"%08x %s\n" % (crc32(text), text)

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Return the entry of a line without its line feed; raises Damaged."""
        sum_, _, text = line.partition(b" ")
        if sum_ != b"%08x" % crc32(text):
            raise Damaged("the checksum is wrong")
        format_, *values = _listed(text)
        if format_ != FORMAT or len(values) != len(cls._fields):
            raise Damaged("another format")
        entry = cls._make(values)
        return entry._replace(found=tuple(entry.found))


def _listed(text: bytes) -> list[Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Damaged("no JSON") from error
    if not isinstance(found, list) or len(found) < 2:  # noqa: PLR2004 (a format and a list)
        raise Damaged("no entry")
    return found

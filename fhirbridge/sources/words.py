"""The words of a `source.yaml`, one class per group; `docs/sources.md` explains them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fhirbridge.sources.errors import BY_NAME

DAYS = ("each-day", "first-day", "last-day")


def _several(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _known_error(value: str) -> str:
    if value not in BY_NAME:
        raise ValueError(f"one of {', '.join(BY_NAME)}")
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_several)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_several)]
Scalars = Annotated[tuple[bool | int | str | None, ...], BeforeValidator(_several)]


class Declared(BaseModel):
    """A part of the file: an unknown or wrongly spelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Rule(Declared):
    """Recognises an answer: everything that is said must hold.

    `field` is a dotted path into the JSON; `equals` and `contains` look there, or at the whole
    text of the answer without a field. `error` names what it means, `message` where it says why.
    """

    status: Numbers = ()
    field: str | None = None
    equals: Scalars = ()
    contains: Texts = ()
    error: Annotated[str, BeforeValidator(_known_error)] = "refused"
    message: str | None = None


class Request(Declared):
    """One call; `{name}` and `{name:%Y%m%d}` are filled in everywhere but in `method`."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: Any = None


class Pages(Declared):
    """How a list continues: by page number, by offset, or by the cursor found at `next_at`.

    The parameter becomes a query field, or a field of the body where the request has a body.
    """

    by: Literal["number", "offset", "cursor"]
    parameter: str
    size_parameter: str | None = None
    size: int = Field(100, gt=0)
    first: int = 1
    next_at: str | None = None
    most: int = Field(1000, gt=0)


class Expect(Declared):
    """What a document must be."""

    content_type: str
    magic: str = ""
    min_bytes: int = 1


class Guard(Declared):
    """What must not be believed at once.

    A list shorter by more than `shrink_percent` than the last good one is not applied. A record
    that is absent from `misses` complete reads in a row is treated as `absent` says.
    """

    shrink_percent: int = Field(30, ge=0, le=100)
    misses: int = Field(2, ge=1)
    absent: Literal["keep", "inactive", "cancelled", "busy", "revoked"] = "keep"


class Stream(Declared):
    """One kind of record that a source offers.

    `parameters`: name → where its values come from: `each-day`, `first-day`, `last-day` of the
    refresh's `days`, or `<stream>.<field>` of another stream's records. `when` limits the latter:
    field of that record → values. `settled`: records that only a refresh with `settled: true`
    follows again once they were read in that state.
    `record`: `item` (one record per item), `answer` (the whole answer is one record, its list
    under `list_name`), `document` (bytes). `key`: dotted paths into the item, or `{parameter}`.
    `item_has`: at least one of these fields must be in an item, otherwise it is not data.
    `echo`: field of the answer (or of each item) → what it must say when it is there.
    `repeated`: which of several items with one key counts; the others are told apart, not lost.
    """

    request: Request
    record: Literal["item", "answer", "document"] = "item"
    list_at: Texts = ("$",)
    list_name: str = "items"
    key: Texts
    item_has: Texts = ()
    echo: Mapping[str, str] = {}
    absent: tuple[Rule, ...] = ()
    refusals: tuple[Rule, ...] = ()
    pages: Pages | None = None
    expect: Expect | None = None
    parameters: Mapping[str, str] = {}
    when: Mapping[str, Texts] = {}
    settled: Mapping[str, Texts] = {}
    repeated: Literal["first", "last"] = "first"
    guard: Guard = Guard(shrink_percent=30, misses=2, absent="keep")

    def origins(self) -> Iterator[tuple[str, str]]:
        """Yield (parameter, name of the stream its values come from)."""
        for parameter, origin in self.parameters.items():
            if origin not in DAYS:
                yield parameter, origin.partition(".")[0]


class Refresh(Declared):
    """One line of the timetable: a stream, when (cron fields in the source's zone), which days.

    `days`: first and last day relative to today, both included. `settled`: follow settled
    records too (the nightly re-read for corrections).
    """

    name: str
    stream: str
    cron: str
    days: tuple[int, int] | None = None
    settled: bool = False


class Lookup(Declared):
    """How to find out whether a write was done: a stream whose `field` contains `contains`."""

    stream: str
    field: str
    contains: str


class Operation(Declared):
    """A write. `done`: answers that mean it is done already; `id_at`: where the new id is found."""

    request: Request
    id_at: Texts = ()
    needs_id: bool = False
    done: tuple[Rule, ...] = ()
    refusals: tuple[Rule, ...] = ()
    lookup: Lookup | None = None


class Auth(Declared):
    """One kind of authentication; several combine. Values that begin with `env:` are secrets."""

    kind: Literal["basic", "header", "bearer", "query", "body"]
    name: str = ""
    user: str = ""
    secret: str


class Session(Declared):
    """1C sessions: https://its.1c.ru/db/metod8dev (reuse); `managed` holds IBSession cookies."""

    policy: Literal["none", "autouse", "managed"] = "none"
    idle_seconds: float = 15


class Limits(Declared):
    """What a source can bear, and how long and how much is waited for. Seconds and bytes."""

    concurrency: int = Field(1, ge=1)
    side_by_side: int = Field(default=1, ge=1)
    per_second: float | None = None
    connect_seconds: float = 5
    read_seconds: float = 30
    total_seconds: float = 60
    max_bytes: int = 20_000_000
    max_document_bytes: int = 30_000_000


class Attempts(Declared):
    """How often a Retry is repeated by the worker, with growing pauses and jitter."""

    most: int = 5
    first_pause_seconds: float = 1
    longest_pause_seconds: float = 60


class Dates(Declared):
    """How this source writes dates, and what it writes for none."""

    formats: tuple[str, ...] = ("%Y-%m-%dT%H:%M:%S",)
    empty: tuple[str, ...] = ("",)


class NumberHabits(Declared):
    """How this source writes numbers."""

    decimal: str = "."
    group: tuple[str, ...] = ()
    also_dot: bool = True

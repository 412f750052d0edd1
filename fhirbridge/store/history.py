"""All versions, newest first: of one resource, of types. https://hl7.org/fhir/R4/http.html#history.

An old version is judged by its own content and by the newest one; see `Reading.vread`.
"""

# ruff: noqa: S608 (constants of this file only)

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from fhirbridge.search.query import Cursor, PermittedQuery
from fhirbridge.store.connection import Row
from fhirbridge.store.database import Database
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.reading import Reading
from fhirbridge.store.sql import Sql, all_of, sql
from fhirbridge.store.stored import Page, Stored

COLUMNS = "SELECT {0}.row AS row, r.type, r.id, {0}.version AS version, {0}.updated AS updated,"
CURRENT = f"{COLUMNS.format('r')} r.deleted, r.body FROM resource r WHERE"
OLD = f"{COLUMNS.format('h')} h.deleted, h.body FROM history h JOIN resource r ON r.row = h.row AND"
ORDER = "ORDER BY updated DESC, row DESC, version DESC"
# Until when a version was the current one.
REPLACED = (
    "coalesce((SELECT n.updated FROM history n WHERE n.row = h.row AND n.version = h.version + 1),"
    " r.updated)"
)
# After these sort values a token carries the total, which is counted once for all pages.
POSITION = ("updated", "version")


@dataclass(frozen=True, slots=True)
class Window:
    """Which versions: stored at `since` or later; current at some moment of `during` (low, high).

    Microseconds since 1970 UTC. `after` is where the last page ended.
    """

    since: int | None = None
    during: tuple[int, int] | None = None
    count: int = 50
    after: Cursor | None = None


class History:
    """The versions of the types of one store."""

    def __init__(
        self, database: Database, types: Mapping[str, TypeIndex], reading: Reading
    ) -> None:
        self._database = database
        self._types = types
        self._reading = reading

    def instance(self, permitted: PermittedQuery, window: Window) -> Page | None:
        """Return the versions of the resource that a `by_id` query asks for; None: not visible."""
        newest = self._reading.read(permitted)
        if newest is None:
            return None
        if permitted.visibility.whole:
            return self._page([newest.type_], window, newest.row)
        visible = [
            version
            for number in range(newest.version, 0, -1)
            if (version := self._reading.vread(permitted, number)) is not None
        ]
        told = _told(visible)
        return _cut([one for one, until in _until(told) if _within(one, until, window)], window)

    def types(self, permitted: Sequence[PermittedQuery], window: Window) -> Page:
        """Return the versions of whole types.

        Raises ValueError unless each query may see everything: a filter would leave short pages.
        """
        if not all(one.visibility.whole for one in permitted):
            raise ValueError("the history of a type is for those who see all of it")
        return self._page([one.query.type_ for one in permitted], window, None)

    def _page(self, types: Sequence[str], window: Window, row: int | None) -> Page:
        total = _total_of(window) or self._count(types, window, row)
        branches = _branches(types, window, row)
        limited = [
            sql("SELECT * FROM (", branch, ORDER, Sql("LIMIT ?", (window.count + 1,)), ") b")
            for branch in branches
        ]
        text = " UNION ALL ".join(one.text for one in limited)
        values = tuple(chain.from_iterable(one.parameters for one in limited))
        rows = self._database.rows(
            f"SELECT * FROM ({text}) u {ORDER} LIMIT ?", (*values, window.count + 1)
        )
        found = [_stored(one) for one in rows]
        return _ended(found, total, window)

    def _count(self, types: Sequence[str], window: Window, row: int | None) -> int:
        total = 0
        for branch in _branches(types, Window(window.since, window.during), row):
            counted = f"SELECT count(*) FROM ({branch.text}) b"
            total += self._database.rows(counted, branch.parameters)[0][0]
        return total


def _branches(types: Sequence[str], window: Window, row: int | None) -> list[Sql]:
    """Return one statement per type for its newest versions, and one for the older of all."""
    own = [] if row is None else [Sql("r.row = ?", (row,))]
    marks = ", ".join("?" * len(types))
    older = [Sql(f"r.type IN ({marks})", tuple(types)), *own]
    if window.during is not None:
        older.append(Sql(f"{REPLACED} > ?", (window.during[0],)))
    current = [
        sql(CURRENT, all_of([Sql("r.type = ?", (type_,)), *own, *_limits("r", window)]))
        for type_ in types
    ]
    return [*current, sql(OLD, all_of([*older, *_limits("h", window)]))]


def _limits(alias: str, window: Window) -> list[Sql]:
    found = []
    if window.since is not None:
        found.append(Sql(f"{alias}.updated >= ?", (window.since,)))
    if window.during is not None:
        found.append(Sql(f"{alias}.updated < ?", (window.during[1],)))
    if window.after is not None:
        position = _position(window.after)
        found.append(Sql(f"({alias}.updated, {alias}.row, {alias}.version) < (?, ?, ?)", position))
    return found


def _position(after: Cursor) -> tuple[int, int, int]:
    updated, version = (int(value or 0) for value in after.sort[: len(POSITION)])
    return updated, after.row, version


def _total_of(window: Window) -> int | None:
    return None if window.after is None else int(window.after.sort[len(POSITION)] or 0)


def _stored(row: Row) -> Stored:
    number, type_, id_, version, updated, deleted, body = row
    shown = b"" if deleted else body
    return Stored(
        number, type_, id_, version, updated, shown, bool(deleted), as_patient=False, dated=True
    )


def _told(versions: Sequence[Stored]) -> list[Stored]:
    """Return `versions`, newest first, without deletions of what their reader did not see."""
    numbers = {one.version for one in versions}
    return [one for one in versions if not one.deleted or one.version - 1 in numbers]


def _until(versions: Sequence[Stored]) -> list[tuple[Stored, int | None]]:
    """Return each version with when the next one that its reader sees was stored."""
    return list(zip(versions, [None, *(one.updated for one in versions[:-1])], strict=True))


def _within(one: Stored, until: int | None, window: Window) -> bool:
    if window.since is not None and one.updated < window.since:
        return False
    if window.during is None:
        return True
    low, high = window.during
    return one.updated < high and (until is None or until > low)


def _cut(versions: Sequence[Stored], window: Window) -> Page:
    """Return one page of versions that are all in hand."""
    left = list(versions)
    if window.after is not None:
        position = _position(window.after)
        left = [one for one in left if (one.updated, one.row, one.version) < position]
    return _ended(left[: window.count + 1], len(versions), window)


def _ended(found: list[Stored], total: int, window: Window) -> Page:
    """Return a page of versions, one more of which shows that there is a next page."""
    page = found[: window.count]
    after = None
    if page and len(found) > window.count:
        after = Cursor((page[-1].updated, page[-1].version, total), page[-1].row)
    return Page(page, total, after)

"""Which rows are now as they were when a search's first page was read."""

# ruff: noqa: S608 (names of our own tables and aliases only)

from fhirbridge.search.query import Snapshot
from fhirbridge.store.sql import Sql


def settled(alias: str, snapshot: Snapshot, *, resource: bool = False) -> Sql:
    """Return that the resource row `alias.row` has not been written since `snapshot`.

    `resource`: the alias is that table. Else it is a subquery with one value, so that no planner
    turns it into a join with the whole table.
    """
    if resource:
        return held_by(f"{alias}.changed", snapshot)
    held = held_by("z.changed", snapshot)
    text = f"(SELECT {held.text} FROM resource z WHERE z.row = {alias}.row)"
    return Sql(text, held.parameters)


def held_by(column: str, snapshot: Snapshot) -> Sql:
    """Return that the transaction with the number in `column` was complete."""
    if not snapshot.running:
        return Sql(f"{column} < ?", (snapshot.before,))
    marks = ", ".join("?" * len(snapshot.running))
    text = f"({column} < ? AND {column} NOT IN ({marks}))"
    return Sql(text, (snapshot.before, *snapshot.running))

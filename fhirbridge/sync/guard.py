"""The deletion guard: what a complete read may conclude from absence. Pure.

A gateway page, an empty body or half a list must never empty the clinic. Only answers that were
data get here; this module decides how far even those are believed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Absences:
    """How often in a row each key was absent from complete reads; a key is `gone` at the limit."""

    misses: Mapping[str, int] = field(default_factory=dict)

    def gone(self, limit: int) -> frozenset[str]:
        """Return the keys that were absent `limit` times in a row or more."""
        return frozenset(key for key, count in self.misses.items() if count >= limit)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one complete read means. `refused` says why nothing was concluded from absence."""

    absences: Absences
    refused: str | None = None


def judge(
    known: Iterable[str], seen: Iterable[str], before: Absences, *, misses: int, shrink_percent: int
) -> Verdict:
    """Return what a complete read of `seen` says about the `known` keys.

    Keys that are gone already do not count towards the shrinking. A list that shrank by more than
    `shrink_percent` changes nothing about absence, however often it comes; keys that are seen
    again are present again in any case.
    """
    present = frozenset(seen)
    kept = {key: count for key, count in before.misses.items() if key not in present}
    alive = frozenset(known) - Absences(kept).gone(misses)
    absent = alive - present
    if len(absent) * PERCENT > len(alive) * shrink_percent:
        text = f"{len(absent)} of {len(alive)} known records are absent, over {shrink_percent} %"
        return Verdict(Absences(kept), text)
    return Verdict(Absences(kept | {key: kept.get(key, 0) + 1 for key in sorted(absent)}))

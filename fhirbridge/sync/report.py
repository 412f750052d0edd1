"""What one synchronisation did, counted so that what came in is what went out."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Report:
    """The counts of a run. Texts in it hold no data of a patient.

    `items` is what came in; each is in exactly one of `mapped`, `quarantined`, `ignored`.
    `skipped`: records that did not change and wait for nothing. `repeated`: items that another one
    with the same key stood for. `absent`: calls that were answered with "there is none".
    `failures` counts calls without data by reason; `refused` says what the guard did not believe.
    """

    calls: int = 0
    absent: int = 0
    repeated: int = 0
    records: int = 0
    changed: int = 0
    skipped: int = 0
    items: int = 0
    mapped: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether every item that came in is accounted for exactly once."""
        return self.items == self.mapped + self.quarantined.total() + self.ignored.total()

    @property
    def clean(self) -> bool:
        """Whether every call gave data and everything was believed."""
        return not self.failures and not self.refused

    def add(self, other: "Report") -> None:
        """Add the counts of `other`."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            setattr(self, one.name, mine + theirs)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON objects, lists and numbers."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: dict(sorted(value.items())) if isinstance(value, Counter) else value
            for name, value in values.items()
        }

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> "Report":
        """Return the report that `as_json` wrote."""
        report = cls()
        for name, value in values.items():
            setattr(report, name, Counter(value) if isinstance(value, dict) else value)
        return report

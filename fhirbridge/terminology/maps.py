"""The reviewed map of one laboratory: local code → LOINC, ФСЛИ and the kind of value.

https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fhirbridge.terminology.homoglyphs import latin, skeleton
from fhirbridge.terminology.tables import Row, rows

FSLI = "urn:oid:1.2.643.5.1.13.13.11.1080"
COLUMNS = (
    *("local_code", "local_name", "specimen", "unit", "method", "value_type"),
    *("loinc", "loinc_display", "equivalence", "fsli"),
    *("author", "reviewer", "reviewed_on", "comment"),
)
# How the target stands to the source; a code of one of these may stand beside the local one.
CODED = frozenset({"equivalent", "equal", "wider", "subsumes"})


@dataclass(frozen=True, slots=True)
class Found:
    """A row of the map and the local code as the laboratory means it; `folded`: it was mistyped."""

    code: str
    row: Row | None
    folded: bool


@dataclass(frozen=True, slots=True)
class LaboratoryMap:
    """The rows of a `tests.csv` by local code."""

    by_code: Mapping[str, Row]
    by_look: Mapping[str, Row]

    @classmethod
    def parse(cls, text: str) -> "LaboratoryMap":
        """Return the map written in `text`.

        Raises ValueError when a column is missing or a local code stands twice.
        """
        table = rows(text)
        missing = [column for column in COLUMNS if table and column not in table[0]]
        if missing:
            raise ValueError(f"column {missing[0]} is missing")
        by_code = {row["local_code"]: row for row in table}
        if len(by_code) != len(table):
            raise ValueError("a local_code stands twice")
        return cls(by_code, {skeleton(code): row for code, row in by_code.items()})

    def find(self, code: str) -> Found:
        """Return the row of `code`, also when it was typed with look-alike letters."""
        if row := self.by_code.get(code):
            return Found(code, row, folded=False)
        if row := self.by_look.get(skeleton(code)):
            return Found(row["local_code"], row, folded=True)
        return Found(latin(code), None, folded=latin(code) != code)

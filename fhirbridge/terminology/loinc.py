"""The fragment of LOINC that ships: code, official names and axes. https://loinc.org/kb/users-guide."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from fhirbridge.terminology.tables import shipped

SYSTEM = "http://loinc.org"
AXES = ("COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP")


@dataclass(frozen=True, slots=True)
class Term:
    """One LOINC term; `axes` are named as LOINC names its columns."""

    code: str
    display: str
    short: str
    axes: Mapping[str, str]

    @property
    def property_(self) -> str:
        """The kind of quantity, such as `MCnc`: https://loinc.org/kb/users-guide/major-parts."""
        return self.axes["PROPERTY"]


@cache
def fragment() -> Mapping[str, Term]:
    """Return the shipped terms by code."""
    return {
        row["LOINC_NUM"]: Term(
            row["LOINC_NUM"],
            row["LONG_COMMON_NAME"],
            row["SHORTNAME"],
            {axis: row[axis] for axis in AXES},
        )
        for row in shipped("terminology/loinc/fragment.csv")
    }

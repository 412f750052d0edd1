"""UCUM's table of definitions as it ships: https://ucum.org/ucum#section-Tables-of-Terminal-Symbols.

Two files of `terminology/ucum`: `ucum-essence.xml` (UCUM's, unmodified) and `additions.csv` (ours).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from xml.etree import ElementTree as ET

from fhirbridge.fhir import data
from fhirbridge.terminology.tables import shipped

TABLE = "terminology/ucum/ucum-essence.xml"
ADDITIONS = "terminology/ucum/additions.csv"
SPACE = "{http://unitsofmeasure.org/ucum-essence}"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix such as `m`, milli, 1/1000."""

    code: str
    name: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class Atom:
    """A unit symbol that is not composed: `value` of `unit`.

    A base unit has no `unit`. An `arbitrary` unit is measured by a procedure and is comparable with
    no other. A special unit has a `function` that leads to `value` of `unit`: see `special.py`.
    """

    code: str
    name: str
    value: Fraction = Fraction(1)
    unit: str = ""
    metric: bool = False
    arbitrary: bool = False
    function: str = ""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A simple unit: an atom, prefixed or not."""

    prefix: Prefix | None
    atom: Atom


@cache
def prefixes() -> tuple[Prefix, ...]:
    """Return the prefixes of the table, those of information technology included."""
    return tuple(
        Prefix(row.attrib["Code"], _name(row), Fraction(_child(row, "value").attrib["value"]))
        for row in _root().iterfind(f"{SPACE}prefix")
    )


@cache
def atoms() -> Mapping[str, Atom]:
    """Return the unit atoms by their case-sensitive code."""
    added = (
        Atom(row["code"], row["name"], Fraction(row["value"]), row["unit"])
        for row in shipped(ADDITIONS)
    )
    return {atom.code: atom for atom in (*_bases(), *_units(), *added)}


@cache
def symbols() -> Mapping[str, Symbol]:
    """Return every simple unit there is: each atom, and each that takes them under each prefix.

    Metric units do, and arbitrary ones: the table says no for most of those, but laboratories
    report `k[arb'U]/L`. An atom wins over a prefixed one: `cd` is candela, `Pa` is pascal.
    """
    known = {code: Symbol(None, atom) for code, atom in atoms().items()}
    for atom in atoms().values():
        if atom.metric or atom.arbitrary:
            for prefix in prefixes():
                known.setdefault(prefix.code + atom.code, Symbol(prefix, atom))
    return known


@cache
def _root() -> ET.Element:
    return ET.fromstring(data.read(TABLE))  # noqa: S314 - our own file


def _bases() -> Iterator[Atom]:
    for row in _root().iterfind(f"{SPACE}base-unit"):
        yield Atom(row.attrib["Code"], _name(row), metric=True)


def _units() -> Iterator[Atom]:
    for row in _root().iterfind(f"{SPACE}unit"):
        value = _child(row, "value")
        function = value.find(f"{SPACE}function")
        source = value if function is None else function
        yield Atom(
            row.attrib["Code"],
            _name(row),
            Fraction(source.attrib["value"]),
            source.attrib["Unit"],
            metric=row.get("isMetric") == "yes",
            arbitrary=row.get("isArbitrary") == "yes",
            function="" if function is None else function.attrib["name"],
        )


def _name(row: ET.Element) -> str:
    return " ".join("".join(_child(row, "name").itertext()).split())


def _child(row: ET.Element, tag: str) -> ET.Element:
    """Return the first child `tag`; every row of the table has one."""
    return next(row.iterfind(SPACE + tag))

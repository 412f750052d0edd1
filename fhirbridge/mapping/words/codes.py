"""Words for codes: only through a map of the source, never a guess."""

from collections.abc import Mapping
from typing import Any

from fhirbridge.mapping.errors import Refused
from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Noted, Options, Surroundings, spelled
from fhirbridge.terminology import loinc
from fhirbridge.terminology.maps import CODED, FSLI
from fhirbridge.terminology.tables import Row
from fhirbridge.terminology.units import to_ucum

# Kinds of units that measure something else than the property says: mass is not substance.
CONTRADICTIONS = {
    "MCnc": {"subst conc", "number conc", "catalytic activity conc"},
    "SCnc": {"mass conc", "number conc", "catalytic activity conc"},
    "CCnc": {"mass conc", "subst conc", "number conc"},
    "NCnc": {"mass conc", "subst conc", "catalytic activity conc"},
}


def mapped(value: Any, options: Options, around: Surroundings) -> str | Noted | None:
    """Return the code that `map:` has for the value.

    `missing:` stands for an empty value, `else:` for an unknown one, with a note unless `quiet:`
    says that the map lists exceptions only. Without `else:` an unknown value raises Refused.
    """
    written = text(value) or ""
    table = around.maps[options["map"]]
    found = table.get(spelled(written))
    if found is not None:
        return found or None
    if not written and "missing" in options:
        missing: str | None = options["missing"]
        return missing
    if "else" not in options:
        raise Refused("unknown-code", f"{written!r} is not in the map {options['map']}")
    unknown = (("unknown-code", f"{written!r} is not in the map {options['map']}"),)
    quiet = options.get("quiet") or not written
    return options["else"] if quiet else Noted(options["else"], unknown)


def coded_test(
    source: Mapping[str, Any], options: Options, around: Surroundings
) -> dict[str, Any] | Noted | None:
    """Return the CodeableConcept of a test: local code, ФСЛИ, LOINC, and its printed name.

    `system:` is the local one. An unknown code keeps the local coding and the text, with a note;
    so does one whose unit measures another kind of quantity than the LOINC term.
    """
    written = text(source["code"])
    if written is None:
        return None
    found = around.tests.find(written)
    name = text(source["name"]) or (found.row or {}).get("local_name") or ""
    local = {"system": around.expand(options["system"]), "code": found.code}
    codings = [{**local, "display": name} if name else local]
    notes = [("homoglyph-code", f"{written} was read as {found.code}")] if found.folded else []
    if found.row is None:
        notes.append(("unmapped-code", found.code))
    else:
        standard, remarks = _standard(found.row, text(source["unit"]) or "")
        codings += standard
        notes += remarks
    concept = {"coding": codings, "text": name or found.code}
    return Noted(concept, tuple(notes)) if notes else concept


def _standard(row: Row, unit: str) -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
    """Return the national and the LOINC coding of a row, and why one is missing."""
    codings = [{"system": FSLI, "code": row["fsli"]}] if row["fsli"] else []
    if not row["loinc"] or row["equivalence"] not in CODED:
        decided = row["equivalence"] in {"unmatched", "disjoint"}
        return codings, [] if decided else [("unmapped-code", row["local_code"])]
    term = loinc.fragment().get(row["loinc"])
    kind = to_ucum(unit, row["loinc"]).kind if unit else ""
    if term and kind in CONTRADICTIONS.get(term.property_, set()):
        note = f"{row['local_code']}: {unit} is not of the property of {row['loinc']}"
        return codings, [("unit-contradicts-code", note)]
    coding = {"system": loinc.SYSTEM, "code": row["loinc"]}
    if row["loinc_display"]:
        coding["display"] = row["loinc_display"]
    return [*codings, coding], []

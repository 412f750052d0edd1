"""Official examples of our types as one small archive, the same bytes for the same content."""

# ruff: noqa: INP001 - scripts that stand beside one another, no package

import io
import zipfile
from pathlib import Path

NEVER_CHANGED = (1980, 1, 1, 0, 0, 0)
LARGEST = 64_000
# HL7 publishes thousands of these as definitions: one in so many is taken.
DEFINITIONAL = {"CodeSystem": 40, "ValueSet": 40, "ConceptMap": 4}
# Taken whatever its size: the test says what is wrong with it.
KNOWN_TO_BE_WRONG = ("CodeSystem-v2-0550.json",)


def archive(folder: Path, types: list[str]) -> bytes:
    """Return a zip of the examples, byte for byte, without those too large to commit."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for type_ in types:
            files = sorted(folder.glob(f"{type_}-*.json"))
            taken = files[:: DEFINITIONAL.get(type_, 1)]
            for file in taken + [one for one in files if one.name in KNOWN_TO_BE_WRONG]:
                if file.stat().st_size <= LARGEST or file.name in KNOWN_TO_BE_WRONG:
                    member = zipfile.ZipInfo(file.name, NEVER_CHANGED)
                    packed.writestr(member, file.read_bytes(), zipfile.ZIP_LZMA)
    return buffer.getvalue()

"""The shipped mappings, a context to map in, and the sample payloads."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fhirbridge.fhir import data, json
from fhirbridge.mapping import Context, Mappings

SAMPLES = Path(__file__).parents[1] / "data" / "source-samples"
DOCTOR = "5f1c2a10-0000-4000-8000-000000000001"


def files(source: str) -> dict[str, str]:
    """Return the shipped mapping files of a source by name."""
    folder = data.folder("mappings") / source
    return {one.name: one.read_text("utf-8") for one in sorted(folder.iterdir()) if one.is_file()}


@cache
def shipped(source: str) -> Mappings:
    """Return the shipped mappings of a source."""
    return Mappings.parse(source, files(source))


def context(source: str, **more: Any) -> Context:
    """Return a context of a clinic in Moscow with the patient `p1`."""
    settings: dict[str, Any] = {
        "source": source,
        "zone": ZoneInfo("Europe/Moscow"),
        "system_base": "https://clinic.example/fhir/sid/",
        "identity": lambda kind, key: sha256(f"{source}|{kind}|{key}".encode()).hexdigest()[:32],
        "patient": "p1",
    }
    return Context(**{**settings, **more})


def sample(name: str) -> Any:
    """Return the JSON of a sample payload."""
    return json.parse((SAMPLES / name).read_bytes())


def day(name: str) -> dict[str, Any]:
    """Return a sample of a doctor's day as the adapter gives it: its rows under `slots`."""
    found = sample(name)
    if isinstance(found, list):
        return {"slots": found}
    return {"slots": found["List"], **{k: v for k, v in found.items() if k != "List"}}

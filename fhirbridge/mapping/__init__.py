"""Records in, resources out: pure, declared in `mappings/<source>/` (docs/mapping.md)."""

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.mapping.engine import Mappings
from fhirbridge.mapping.outcome import Context, Ignored, Mapped, Note, Outcome, Rejected

__all__ = [
    "ConfigurationError",
    "Context",
    "Ignored",
    "Mapped",
    "Mappings",
    "Note",
    "Outcome",
    "Rejected",
]

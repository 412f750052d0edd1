"""Stand-ins for 1C:Medicine and a laboratory. Not the vendors' software."""

from fhirbridge.sandbox.onec import create_onec
from fhirbridge.sandbox.qlab import create_qlab

__all__ = ["create_onec", "create_qlab"]

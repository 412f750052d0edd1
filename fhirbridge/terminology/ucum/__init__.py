"""UCUM, the Unified Code for Units of Measure: https://ucum.org/ucum. Pure; see `docs/ucum.md`."""

from fhirbridge.terminology.ucum.base import canonical
from fhirbridge.terminology.ucum.conversion import convert
from fhirbridge.terminology.ucum.magnitude import Measure, measure
from fhirbridge.terminology.ucum.naming import display
from fhirbridge.terminology.ucum.refusal import NotConvertible, NotUcum
from fhirbridge.terminology.ucum.validity import problem, validate

__all__ = [
    "Measure",
    "NotConvertible",
    "NotUcum",
    "canonical",
    "convert",
    "display",
    "measure",
    "problem",
    "validate",
]

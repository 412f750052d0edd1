"""https://hl7.org/fhir/R4/binary.html."""

from fhirbridge.resources.access import ByContext
from fhirbridge.resources.definition import READ, ResourceDefinition

DEFINITION = ResourceDefinition(
    "Binary",
    access=ByContext("securityContext"),
    interactions=(*READ, "create", "update", "delete"),
    parameters=(),
)

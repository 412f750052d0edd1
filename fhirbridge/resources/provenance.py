"""https://hl7.org/fhir/R4/provenance.html."""

from fhirbridge.resources.compartment import AllTargets
from fhirbridge.resources.definition import READ_AND_SEARCH, ResourceDefinition
from fhirbridge.resources.targets import AGENTS
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Provenance",
    access=AllTargets("target", drop=("signature",)),
    interactions=READ_AND_SEARCH,
    parameters=(
        Reference("agent", "agent.who", targets=AGENTS),
        Token("agent-role", "agent.role"),
        Token("agent-type", "agent.type"),
        Reference("entity", "entity.what"),
        Reference("location", targets=("Location",)),
        Reference("patient", "target|Type=Patient", targets=("Patient",)),
        Date("recorded", instant=True),
        Token("signature-type", "signature.type"),
        Reference("target"),
        Date("when", "occurredDateTime"),
    ),
    refused_to_patients=frozenset({"signature-type"}),
)

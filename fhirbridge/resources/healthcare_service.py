"""https://hl7.org/fhir/R4/healthcareservice.html."""

from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.directory import Directory
from fhirbridge.resources.identifiers import public_contact
from fhirbridge.search.reference import Reference
from fhirbridge.search.string import String
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "HealthcareService",
    access=Directory(drop=("endpoint",), keep={"telecom": public_contact}),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Token("active"),
        Token("characteristic"),
        Reference("coverage-area", "coverageArea", targets=("Location",)),
        Reference("endpoint", targets=("Endpoint",)),
        Token("identifier"),
        Reference("location", targets=("Location",)),
        String("name"),
        Reference("organization", "providedBy", targets=("Organization",)),
        Token("program"),
        Token("service-category", "category"),
        Token("service-type", "type"),
        Token("specialty"),
    ),
    refused_to_patients=frozenset({"endpoint"}),
)

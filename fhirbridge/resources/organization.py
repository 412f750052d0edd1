"""https://hl7.org/fhir/R4/organization.html."""

from fhirbridge.resources.addresses import ADDRESS
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.directory import Directory
from fhirbridge.resources.identifiers import public_contact
from fhirbridge.search.reference import Reference
from fhirbridge.search.string import String
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Organization",
    access=Directory(drop=("contact", "endpoint"), keep={"telecom": public_contact}),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        *ADDRESS,
        Token("active"),
        Reference("endpoint", targets=("Endpoint",)),
        Token("identifier"),
        String("name", "name", "alias"),
        Reference("partof", "partOf", targets=("Organization",)),
        Token("type"),
    ),
    refused_to_patients=frozenset({"endpoint"}),
)

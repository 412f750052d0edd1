"""https://hl7.org/fhir/R4/conceptmap.html."""

from fhirbridge.resources.canonical import CANONICAL
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.directory import Terminology
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token
from fhirbridge.search.uri import Uri

DEFINITION = ResourceDefinition(
    "ConceptMap",
    access=Terminology(),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        *CANONICAL,
        Uri("dependson", "group.element.target.dependsOn.property"),
        Reference("other", "group.unmapped.url", targets=("ConceptMap",)),
        Uri("product", "group.element.target.product.property"),
        Reference("source", "sourceCanonical", targets=("ValueSet",)),
        Token("source-code", "group.element.code"),
        Uri("source-system", "group.source"),
        Reference("source-uri", "sourceUri", targets=("ValueSet",)),
        Reference("target", "targetCanonical", targets=("ValueSet",)),
        Token("target-code", "group.element.target.code"),
        Uri("target-system", "group.target"),
        Reference("target-uri", "targetUri", targets=("ValueSet",)),
    ),
)

"""https://hl7.org/fhir/R4/valueset.html."""

from fhirbridge.resources.canonical import CANONICAL
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.directory import Terminology
from fhirbridge.search.token import Token
from fhirbridge.search.uri import Uri

DEFINITION = ResourceDefinition(
    "ValueSet",
    access=Terminology(),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        *CANONICAL,
        Token("code", "expansion.contains.code", "compose.include.concept.code"),
        Uri("expansion", "expansion.identifier"),
        Uri("reference", "compose.include.system"),
    ),
)

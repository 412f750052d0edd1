"""https://hl7.org/fhir/R4/codesystem.html."""

from fhirbridge.resources.canonical import CANONICAL
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.directory import Terminology
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token
from fhirbridge.search.uri import Uri

DEFINITION = ResourceDefinition(
    "CodeSystem",
    access=Terminology(),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        *CANONICAL,
        Token("code", "concept.code"),
        Token("content-mode", "content", system="http://hl7.org/fhir/codesystem-content-mode"),
        Token("language", "concept.designation.language", system="urn:ietf:bcp:47"),
        Reference("supplements", targets=("CodeSystem",)),
        Uri("system", "url"),
    ),
)

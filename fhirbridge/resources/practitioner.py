"""https://hl7.org/fhir/R4/practitioner.html."""

from fhirbridge.resources.addresses import ADDRESS, CONTACT
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.directory import Directory
from fhirbridge.resources.identifiers import professional, public_contact
from fhirbridge.search.string import String
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Practitioner",
    access=Directory(
        drop=("birthDate", "address", "photo"),
        keep={"identifier": professional, "telecom": public_contact},
        shown_parameters=frozenset({"identifier", "telecom", "phone", "email"}),
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        *ADDRESS,
        *CONTACT,
        Token("active"),
        Token("communication"),
        String("family", "name.family"),
        Token("gender", system="http://hl7.org/fhir/administrative-gender"),
        String("given", "name.given"),
        Token("identifier"),
        String("name"),
    ),
    refused_to_patients=frozenset(parameter.code for parameter in ADDRESS),
)

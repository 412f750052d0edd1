"""https://hl7.org/fhir/R4/practitionerrole.html."""

from fhirbridge.resources.addresses import CONTACT
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.directory import Directory
from fhirbridge.resources.identifiers import professional, public_contact
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "PractitionerRole",
    access=Directory(
        drop=("availabilityExceptions", "notAvailable.description", "endpoint"),
        keep={"identifier": professional, "telecom": public_contact},
        shown_parameters=frozenset({"identifier", "telecom", "phone", "email"}),
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        *CONTACT,
        Token("active"),
        Date("date", "period"),
        Reference("endpoint", targets=("Endpoint",)),
        Token("identifier"),
        Reference("location", targets=("Location",)),
        Reference("organization", targets=("Organization",)),
        Reference("practitioner", targets=("Practitioner",)),
        Token("role", "code"),
        Reference("service", "healthcareService", targets=("HealthcareService",)),
        Token("specialty"),
    ),
    refused_to_patients=frozenset({"endpoint"}),
)

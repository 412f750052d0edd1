"""https://hl7.org/fhir/R4/patient.html."""

from fhirbridge.resources.addresses import ADDRESS, CONTACT
from fhirbridge.resources.compartment import OwnPatient
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.identifiers import known_to_its_patient
from fhirbridge.resources.merged import is_confirmed
from fhirbridge.resources.targets import STAFF
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.string import String
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Patient",
    access=OwnPatient(
        drop=("meta.security", "meta.tag"),
        keep={"identifier": known_to_its_patient, "link": is_confirmed},
        shown_parameters=frozenset({"identifier", "link"}),
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        *ADDRESS,
        *CONTACT,
        Token("active"),
        Date("birthdate", "birthDate"),
        Date("death-date", "deceasedDateTime"),
        Token("deceased", "deceased|exists"),
        String("family", "name.family"),
        Token("gender", system="http://hl7.org/fhir/administrative-gender"),
        Reference("general-practitioner", "generalPractitioner", targets=STAFF),
        String("given", "name.given"),
        Token("identifier"),
        Token("language", "communication.language"),
        Reference("link", "link.other", targets=("Patient", "RelatedPerson")),
        String("name"),
        Reference("organization", "managingOrganization", targets=("Organization",)),
    ),
    refused_to_patients=frozenset({"_tag", "_security"}),
)

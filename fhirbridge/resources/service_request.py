"""https://hl7.org/fhir/R4/servicerequest.html."""

from fhirbridge.resources.compartment import Compartment
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, Hot, Relates, ResourceDefinition
from fhirbridge.resources.targets import AGENTS, ENCOUNTERS, SUBJECTS
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token
from fhirbridge.search.uri import Uri

DEFINITION = ResourceDefinition(
    "ServiceRequest",
    access=Compartment(paths=("subject",), drop=("note", "supportingInfo")),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Date("authored", "authoredOn"),
        Reference(
            "based-on", "basedOn", targets=("CarePlan", "MedicationRequest", "ServiceRequest")
        ),
        Token("body-site", "bodySite"),
        Token("category"),
        Token("code"),
        Reference("encounter", targets=ENCOUNTERS),
        Token("identifier"),
        Reference(
            "instantiates-canonical",
            "instantiatesCanonical",
            targets=("ActivityDefinition", "PlanDefinition"),
        ),
        Uri("instantiates-uri", "instantiatesUri"),
        Token("intent", system="http://hl7.org/fhir/request-intent"),
        Date("occurrence"),
        Reference("patient", "subject|Type=Patient", targets=("Patient",)),
        Reference(
            "performer",
            targets=(
                "CareTeam",
                "Device",
                "HealthcareService",
                "Organization",
                "Patient",
                "Practitioner",
                "PractitionerRole",
                "RelatedPerson",
            ),
        ),
        Token("performer-type", "performerType"),
        Token("priority", system="http://hl7.org/fhir/request-priority"),
        Reference("replaces", targets=("ServiceRequest",)),
        Reference("requester", targets=AGENTS),
        Token("requisition"),
        Reference("specimen", targets=("Specimen",)),
        Token("status", system="http://hl7.org/fhir/request-status"),
        Reference("subject", targets=SUBJECTS),
    ),
    hot=(Hot(("patient",), "-authored"),),
    relates=Relates("requester", "authored", over=frozenset({"revoked", "entered-in-error"})),
)

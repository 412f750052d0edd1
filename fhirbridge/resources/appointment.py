"""https://hl7.org/fhir/R4/appointment.html."""

from fhirbridge.resources.compartment import Compartment
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, Hot, Relates, ResourceDefinition
from fhirbridge.resources.targets import ACTORS
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Appointment",
    access=Compartment(
        paths=("participant.actor",),
        people="participant.actor",
        drop=("comment",),
        drop_if_shared=("reasonCode", "reasonReference", "description", "patientInstruction"),
        own_links=("supportingInformation", "basedOn"),
        shown_parameters=frozenset({"reason-code", "reason-reference"}),
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Reference("actor", "participant.actor", targets=ACTORS),
        Token("appointment-type", "appointmentType"),
        Reference("based-on", "basedOn", targets=("ServiceRequest",)),
        Date("date", "start", instant=True),
        Token("identifier"),
        Reference("location", "participant.actor|Type=Location", targets=("Location",)),
        Token(
            "part-status", "participant.status", system="http://hl7.org/fhir/participationstatus"
        ),
        Reference("patient", "participant.actor|Type=Patient", targets=("Patient",)),
        Reference("practitioner", "participant.actor|Type=Practitioner", targets=("Practitioner",)),
        Token("reason-code", "reasonCode"),
        Reference(
            "reason-reference",
            "reasonReference",
            targets=("Condition", "ImmunizationRecommendation", "Observation", "Procedure"),
        ),
        Token("service-category", "serviceCategory"),
        Token("service-type", "serviceType"),
        Reference("slot", targets=("Slot",)),
        Token("specialty"),
        Token("status", system="http://hl7.org/fhir/appointmentstatus"),
        Reference("supporting-info", "supportingInformation"),
    ),
    hot=(
        Hot(("patient",), "-date"),
        Hot(("practitioner",), "date"),
    ),
    refused_to_patients=frozenset({"part-status"}),
    relates=Relates("practitioner", "date", over=frozenset({"cancelled", "entered-in-error"})),
)

"""https://hl7.org/fhir/R4/slot.html."""

from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, Hot, ResourceDefinition
from fhirbridge.resources.directory import Directory
from fhirbridge.resources.identifiers import to_directory
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Slot",
    access=Directory(
        drop=("comment", "overbooked", "identifier"),
        keep={"extension": to_directory},
        merge={"status": {"busy-unavailable": "busy", "busy-tentative": "busy"}},
        shown_parameters=frozenset({"status"}),
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Token("appointment-type", "appointmentType"),
        Token("identifier"),
        Reference("schedule", targets=("Schedule",)),
        Token("service-category", "serviceCategory"),
        Token("service-type", "serviceType"),
        Token("specialty"),
        Date("start", instant=True),
        Token("status", system="http://hl7.org/fhir/slotstatus"),
    ),
    hot=(
        Hot(("schedule", "status"), "start"),
        Hot(("schedule",), "start"),
        Hot(("status",), "start"),
    ),
    refused_to_patients=frozenset({"identifier"}),
)

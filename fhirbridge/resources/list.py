"""https://hl7.org/fhir/R4/list.html.

Closed to patients: who is on a list is itself about everybody on it.
"""

from fhirbridge.resources.access import SystemOnly
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.targets import ENCOUNTERS, SUBJECTS
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.string import String
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "List",
    access=SystemOnly(),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Token("code"),
        Date("date"),
        Token("empty-reason", "emptyReason"),
        Reference("encounter", targets=ENCOUNTERS),
        Token("identifier"),
        Reference("item", "entry.item"),
        String("notes", "note.text"),
        Reference("patient", "subject|Type=Patient", targets=("Patient",)),
        Reference("source", targets=("Device", "Patient", "Practitioner", "PractitionerRole")),
        Token("status", system="http://hl7.org/fhir/list-status"),
        Reference("subject", targets=SUBJECTS),
        String("title"),
    ),
)

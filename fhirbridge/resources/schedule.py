"""https://hl7.org/fhir/R4/schedule.html."""

from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, ResourceDefinition
from fhirbridge.resources.directory import Directory
from fhirbridge.resources.identifiers import to_directory
from fhirbridge.resources.targets import ACTORS
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Schedule",
    access=Directory(
        drop=("comment",),
        keep={"extension": to_directory},
        private=("actor|Type=Patient", "actor|Type=RelatedPerson"),
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Token("active"),
        Reference("actor", targets=ACTORS),
        Date("date", "planningHorizon"),
        Token("identifier"),
        Token("service-category", "serviceCategory"),
        Token("service-type", "serviceType"),
        Token("specialty"),
    ),
)

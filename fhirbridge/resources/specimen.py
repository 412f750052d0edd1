"""https://hl7.org/fhir/R4/specimen.html."""

from fhirbridge.resources.compartment import Compartment
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, Hot, ResourceDefinition
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Specimen",
    access=Compartment(
        paths=("subject",),
        drop=("parent", "collection.collector.identifier"),
        shown_parameters=frozenset({"collector"}),
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Token("accession", "accessionIdentifier"),
        Token("bodysite", "collection.bodySite"),
        Date("collected", "collection.collected"),
        Reference(
            "collector", "collection.collector", targets=("Practitioner", "PractitionerRole")
        ),
        Token("container", "container.type"),
        Token("container-id", "container.identifier"),
        Token("identifier"),
        Reference("parent", targets=("Specimen",)),
        Reference("patient", "subject|Type=Patient", targets=("Patient",)),
        Token("status", system="http://hl7.org/fhir/specimen-status"),
        Reference("subject", targets=("Device", "Group", "Location", "Patient", "Substance")),
        Token("type"),
    ),
    hot=(Hot(("patient",), "-collected"),),
    refused_to_patients=frozenset({"parent"}),
)

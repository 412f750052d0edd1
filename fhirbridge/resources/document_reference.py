"""https://hl7.org/fhir/R4/documentreference.html."""

from fhirbridge.resources.compartment import Compartment
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, Hot, ResourceDefinition
from fhirbridge.resources.identifiers import own_binary
from fhirbridge.resources.targets import AGENTS, ENCOUNTERS, STAFF
from fhirbridge.search.composite import Composite
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.string import String
from fhirbridge.search.token import Token
from fhirbridge.search.uri import Uri

RELATION = "http://hl7.org/fhir/document-relationship-type"

DEFINITION = ResourceDefinition(
    "DocumentReference",
    access=Compartment(
        paths=("subject",),
        released={
            "status": frozenset({"current", "superseded"}),
            "docStatus": frozenset({"", "final", "amended"}),
        },
        keep={"content.attachment.url": own_binary},
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Reference("authenticator", targets=STAFF),
        Reference("author", targets=AGENTS),
        Token("category"),
        Token("contenttype", "content.attachment.contentType"),
        Reference("custodian", targets=("Organization",)),
        Date("date", instant=True),
        String("description"),
        Reference("encounter", "context.encounter", targets=ENCOUNTERS),
        Token("event", "context.event"),
        Token("facility", "context.facilityType"),
        Token("format", "content.format"),
        Token("identifier", "masterIdentifier", "identifier"),
        Token("language", "content.attachment.language", system="urn:ietf:bcp:47"),
        Uri("location", "content.attachment.url"),
        Reference("patient", "subject|Type=Patient", targets=("Patient",)),
        Date("period", "context.period"),
        Reference("related", "context.related"),
        Reference("relatesto", "relatesTo.target", targets=("DocumentReference",)),
        Token(
            "relation", "relatesTo.code", system="http://hl7.org/fhir/document-relationship-type"
        ),
        Composite(
            "relationship",
            bases=("relatesTo",),
            parts=(Token("relation", "code", system=RELATION), Reference("relatesto", "target")),
        ),
        Token("security-label", "securityLabel"),
        Token("setting", "context.practiceSetting"),
        Token("status", system="http://hl7.org/fhir/document-reference-status"),
        Reference("subject", targets=("Device", "Group", "Patient", "Practitioner")),
        Token("type"),
    ),
    hot=(Hot(("patient",), "-date"),),
    refused_to_patients=frozenset({"location"}),
)

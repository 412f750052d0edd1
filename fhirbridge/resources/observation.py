"""https://hl7.org/fhir/R4/observation.html."""

from fhirbridge.resources.compartment import Compartment
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, Hot, ResourceDefinition
from fhirbridge.resources.observation_values import VALUES
from fhirbridge.resources.results import OUTLINE, RELEASED
from fhirbridge.resources.targets import (
    ENCOUNTERS,
    EVIDENCE,
    PERFORMERS,
    PROCEDURES,
    REQUESTS,
    SUBJECTS,
)
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "Observation",
    access=Compartment(
        paths=("subject",),
        released={"status": RELEASED},
        blank=frozenset({"entered-in-error"}),
        outline=OUTLINE,
        drop=("focus",),
        own_links=("hasMember", "derivedFrom"),
        shown_parameters=frozenset(parameter.code for parameter in VALUES)
        | {"derived-from", "device", "has-member", "method", "part-of"},
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        *VALUES,
        Reference("based-on", "basedOn", targets=REQUESTS),
        Token("category"),
        Token("code"),
        Date("date", "effective"),
        Reference("derived-from", "derivedFrom", targets=EVIDENCE),
        Reference("device", targets=("Device", "DeviceMetric")),
        Reference("encounter", targets=ENCOUNTERS),
        Reference("focus"),
        Reference(
            "has-member",
            "hasMember",
            targets=("MolecularSequence", "Observation", "QuestionnaireResponse"),
        ),
        Token("identifier"),
        Token("method"),
        Reference("part-of", "partOf", targets=PROCEDURES),
        Reference("patient", "subject|Type=Patient", targets=("Patient",)),
        Reference("performer", targets=PERFORMERS),
        Reference("specimen", targets=("Specimen",)),
        Token("status", system="http://hl7.org/fhir/observation-status"),
        Reference("subject", targets=SUBJECTS),
    ),
    hot=(
        Hot(("patient", "code"), "-date"),
        Hot(("patient", "category"), "-date"),
        Hot(("patient",), "-date"),
        Hot(("code",), "-date"),
        Hot(("category",), "-date"),
    ),
    refused_to_patients=frozenset({"focus"}),
)

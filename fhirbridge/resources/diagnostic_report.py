"""https://hl7.org/fhir/R4/diagnosticreport.html."""

from fhirbridge.resources.compartment import Compartment
from fhirbridge.resources.definition import READ_SEARCH_AND_WRITE, Hot, ResourceDefinition
from fhirbridge.resources.identifiers import own_form
from fhirbridge.resources.results import OUTLINE, RELEASED
from fhirbridge.resources.targets import ENCOUNTERS, SUBJECTS, TEAMS
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

DEFINITION = ResourceDefinition(
    "DiagnosticReport",
    access=Compartment(
        paths=("subject",),
        released={"status": RELEASED | {"appended"}},
        blank=frozenset({"entered-in-error"}),
        outline=OUTLINE | {"resultsInterpreter"},
        keep={"presentedForm": own_form},
        own_links=("result", "specimen", "media.link"),
        shown_parameters=frozenset({"conclusion", "media", "result"}),
    ),
    interactions=READ_SEARCH_AND_WRITE,
    parameters=(
        Reference(
            "based-on",
            "basedOn",
            targets=(
                "CarePlan",
                "ImmunizationRecommendation",
                "MedicationRequest",
                "NutritionOrder",
                "ServiceRequest",
            ),
        ),
        Token("category"),
        Token("code"),
        Token("conclusion", "conclusionCode"),
        Date("date", "effective"),
        Reference("encounter", targets=ENCOUNTERS),
        Token("identifier"),
        Date("issued", instant=True),
        Reference("media", "media.link", targets=("Media",)),
        Reference("patient", "subject|Type=Patient", targets=("Patient",)),
        Reference("performer", targets=TEAMS),
        Reference("result", targets=("Observation",)),
        Reference("results-interpreter", "resultsInterpreter", targets=TEAMS),
        Reference("specimen", targets=("Specimen",)),
        Token("status", system="http://hl7.org/fhir/diagnostic-report-status"),
        Reference("subject", targets=SUBJECTS),
    ),
    hot=(
        Hot(("patient",), "-date"),
        Hot(("patient", "category"), "-date"),
    ),
)

"""https://hl7.org/fhir/R4/auditevent.html."""

from dataclasses import replace

from fhirbridge.resources.access import SystemOnly
from fhirbridge.resources.accountable import Accountable
from fhirbridge.resources.definition import READ_AND_SEARCH, ResourceDefinition
from fhirbridge.resources.targets import AGENTS
from fhirbridge.search.date import Date
from fhirbridge.search.reference import Reference
from fhirbridge.search.string import String
from fhirbridge.search.token import Token
from fhirbridge.search.uri import Uri

DEFINITION = ResourceDefinition(
    "AuditEvent",
    access=SystemOnly(),
    interactions=READ_AND_SEARCH,
    parameters=(
        Token("action", system="http://hl7.org/fhir/audit-event-action"),
        String("address", "agent.network.address"),
        Reference("agent", "agent.who", targets=AGENTS),
        String("agent-name", "agent.name"),
        Token("agent-role", "agent.role"),
        Token("altid", "agent.altId"),
        Date("date", "recorded", instant=True),
        Reference("entity", "entity.what"),
        String("entity-name", "entity.name"),
        Token("entity-role", "entity.role"),
        Token("entity-type", "entity.type"),
        Token("outcome", system="http://hl7.org/fhir/audit-event-outcome"),
        Reference(
            "patient", "agent.who|Type=Patient", "entity.what|Type=Patient", targets=("Patient",)
        ),
        Uri("policy", "agent.policy"),
        Token("site", "source.site"),
        Reference("source", "source.observer", targets=AGENTS),
        Token("subtype"),
        Token("type"),
    ),
)

# What patients may search by where they may see who looked at their data.
OPEN = frozenset({"action", "date", "patient"})
SHOWN_TO_PATIENTS = replace(
    DEFINITION,
    access=Accountable(),
    refused_to_patients=frozenset(one.code for one in DEFINITION.parameters) - OPEN,
)

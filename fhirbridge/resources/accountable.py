"""The rule of the audit trail, where patients may see who looked at their data.

https://hl7.org/fhir/R4/auditevent.html
"""

from dataclasses import dataclass
from typing import Any

from fhirbridge.resources.access import NOBODY, Access, patients, restricted

SHOWN = frozenset(
    {"resourceType", "id", "meta", "type", "subtype", "action", "recorded", "outcome", "source"}
)
SHOWN_OF_AGENTS = ("type", "role", "requestor")


@dataclass(frozen=True, eq=False)
class Accountable(Access):
    """About the patients among its entities; who merely acted is not whom it is about.

    A patient is shown when what kind of access happened and what kind of agent it was, not which
    one, from where, or with what query; of the entities only the patient.
    """

    all_patients_related = True
    shown_parameters = frozenset({"patient"})

    def owners(self, resource: dict[str, Any]) -> frozenset[str]:
        return NOBODY if restricted(resource) else patients(resource, "entity.what")

    def shown(self, resource: dict[str, Any], patient: str | None) -> dict[str, Any]:
        shown = {name: value for name, value in resource.items() if name in SHOWN}
        shown["agent"] = [
            {name: agent[name] for name in SHOWN_OF_AGENTS if name in agent}
            for agent in resource.get("agent", ())
        ]
        own = f"Patient/{patient}"
        entities = [
            entity
            for entity in resource.get("entity", ())
            if entity.get("what", {}).get("reference") == own and "query" not in entity
        ]
        return shown | ({"entity": entities} if entities else {})

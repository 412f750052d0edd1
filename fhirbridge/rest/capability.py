"""The CapabilityStatement, generated: what it lists works, and what works it lists.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from fhirbridge.auth.access import refused_parameters
from fhirbridge.fhir import data, json
from fhirbridge.fhir.instant import to_instant
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.rest.interactions import rows
from fhirbridge.rest.operations.operation import INSTANCE, TYPE, VERSION, Operation
from fhirbridge.rest.operations.operation import SYSTEM as SYSTEM_LEVEL
from fhirbridge.rest.operations.table import OPERATIONS
from fhirbridge.rest.patch import PATCHES
from fhirbridge.rest.server import Server
from fhirbridge.search.chaining import LIST
from fhirbridge.search.common import COMMON
from fhirbridge.search.hierarchy import RELATIONS, hierarchies
from fhirbridge.search.include import including, including_back
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.reference import Reference

SECURITY = (
    "Bearer tokens issued by this server; SMART scopes v1 and v2. A patient token sees its own"
    " patient's records and the directory. Patient.link: what is about a record that staff merged"
    " into another one is the survivor's, whose token sees both records; of links only replaces and"
    " replaced-by that staff confirmed are followed, never seealso or refer. Metadata and health"
    " need no token."
)
# Of the database beneath: whether it limits rows by itself, below the server's own rules.
ROWS = {
    True: "The database limits rows to their reader's once more (row-level security).",
    False: "The database is SQLite, which has no row-level security.",
}
SEARCH = (
    "Unknown parameters are refused (400) unless Prefer: handling=lenient; modifiers not listed"
    " are always refused. Results: _count, _sort, _total, _summary, _elements, _include,"
    " _revinclude (:iterate). GET and POST, of the system too (_type), and of a patient's"
    " compartment: Patient/[id]/[type], Patient/[id]/*."
)

HL7 = "http://hl7.org/fhir"
# https://hl7.org/fhir/R4/compartmentdefinition-patient.html
COMPARTMENT = f"{HL7}/CompartmentDefinition/patient"

LEVELS = {
    SYSTEM_LEVEL: "the system",
    TYPE: "types",
    INSTANCE: "instances",
    VERSION: "their versions",
}

# https://hl7.org/fhir/R4/valueset-system-restful-interaction.html
SYSTEM = ("transaction", "batch", "search-system", "history-system")


def statement(server: Server, base_url: str) -> dict[str, Any]:
    """Return the statement of `server` under `base_url`."""
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{base_url}/metadata",
        "version": server.version,
        "name": "Fhirbridge",
        "title": "fhirbridge, a FHIR server for clinics and their laboratories",
        "status": "active",
        "date": to_instant(server.started),
        "publisher": "fhirbridge",
        "copyright": _copyright(),
        "kind": "instance",
        "software": {"name": "fhirbridge", "version": server.version},
        "implementation": {"description": "fhirbridge", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": list(PATCHES),
        "rest": [
            {
                "mode": "server",
                "documentation": SEARCH,
                "security": {**server.security, "description": _security(server)},
                "resource": [
                    _resource(definition, server) for definition in server.definitions.values()
                ],
                "interaction": [{"code": code} for code in SYSTEM],
                "searchParam": [
                    *(_named(COMMON[code], "Resource") for code in sorted(COMMON)),
                    *_lists(server),
                ],
                "operation": [_operation(one) for one in OPERATIONS if SYSTEM_LEVEL in one.levels],
                "compartment": [COMPARTMENT],
            }
        ],
    }


def _security(server: Server) -> str:
    return f"{SECURITY} {ROWS[server.store.database.limits_rows]}"


def _copyright() -> str:
    """Return the notice that LOINC asks every interface that carries it to show."""
    return data.read("terminology/loinc/LOINC_short_license.txt").decode().strip()


def _resource(definition: ResourceDefinition, server: Server) -> dict[str, Any]:
    parameters: Mapping[str, SearchParameter] = server.parameters[definition.type_]
    interactions = list(dict.fromkeys(row.interaction for row in rows(definition)))
    told: dict[str, Any] = {
        "type": definition.type_,
        "profile": f"{HL7}/StructureDefinition/{definition.type_}",
        "interaction": [{"code": code} for code in interactions],
        "operation": [
            _operation(one)
            for one in OPERATIONS
            if one.is_for(definition.type_)
            and (not one.changes or "update" in definition.interactions)
        ],
        "versioning": "versioned-update" if server.writes.require_if_match else "versioned",
        "readHistory": "vread" in interactions,
        "updateCreate": "update" in interactions and server.writes.update_create,
        "conditionalRead": "full-support",
        "referencePolicy": ["literal", "logical"],
        **_conditional(definition, server),
    }
    if "search-type" in interactions:
        told["searchParam"] = [
            *(_parameter(parameters[code], definition) for code in sorted(parameters)),
            *_lists(server),
        ]
        told["searchInclude"] = ["*", *including(definition.type_, server.parameters)]
        told["searchRevInclude"] = ["*", *including_back(definition.type_, server.parameters)]
    return told


def _conditional(definition: ResourceDefinition, server: Server) -> dict[str, Any]:
    """Return which writes may choose their resource by a search."""
    codes = {row.interaction for row in rows(definition) if row.by_search}
    deleted = "multiple" if server.writes.delete_multiple else "single"
    return {
        "conditionalCreate": bool(codes) and "create" in definition.interactions,
        "conditionalUpdate": "update" in codes,
        "conditionalDelete": deleted if "delete" in codes else "not-supported",
    }


def _operation(operation: Operation) -> dict[str, str]:
    """Return an operation, and where and how it is called: its definition may know more places."""
    levels = " and ".join(LEVELS[level] for level in operation.levels)
    places = f"On {levels}, by {' and '.join(operation.methods)}"
    return {"name": operation.name, "definition": operation.definition, "documentation": places}


def _parameter(parameter: SearchParameter, definition: ResourceDefinition) -> dict[str, str]:
    told = _named(parameter, definition.type_)
    notes = []
    modifiers = [*sorted(parameter.modifiers)]
    if isinstance(parameter, Reference) and not parameter.canonical:
        modifiers += ["[type]", *(RELATIONS if hierarchies(parameter) else ())]
    if modifiers:
        notes.append("Modifiers: " + ", ".join(f":{name}" for name in modifiers))
    if parameter.code in refused_parameters(definition):
        notes.append("not for patient tokens")
    return {**told, "documentation": "; ".join(notes)} if notes else told


def _lists(server: Server) -> list[dict[str, str]]:
    """Return `_list`, which HL7 has no definition of, where there are lists."""
    told = "Ids of List resources; needs the right to search List; not for patient tokens"
    named = {"name": LIST, "type": "string", "documentation": told}
    return [named] if "List" in server.definitions else []


def _named(parameter: SearchParameter, type_: str) -> dict[str, str]:
    """Return name and kind of a parameter, and where HL7 defines it."""
    code = parameter.code
    id_ = f"Resource-{code[1:]}" if code in COMMON else _published()[type_][code]["id"]
    return {"name": code, "definition": f"{HL7}/SearchParameter/{id_}", "type": parameter.kind}


@cache
def _published() -> Mapping[str, Mapping[str, Any]]:
    """Return type → code → what HL7 publishes of that search parameter."""
    table: Mapping[str, Mapping[str, Any]] = json.parse(
        data.read("terminology/r4/search-parameters.json")
    )
    return table

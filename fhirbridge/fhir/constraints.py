"""The invariants that a schema cannot say, of the types served here and of what they are made of.

Key and words are R4's own: "Constraints" on the page of each type.
"""

from fhirbridge.fhir.constraint import (
    Constraint,
    any_of,
    both_or_neither,
    coded_once,
    coded_unless_abstract,
    entries_only_with,
    exact,
    excludes,
    needs,
    no_value_with,
    not_home,
    one_code_each,
    only_with,
    required_by,
    timed,
)
from fhirbridge.fhir.data_type_constraints import DATA_TYPES

CONSTRAINTS: dict[str, tuple[Constraint, ...]] = {
    **DATA_TYPES,
    "Appointment": (
        Constraint(
            "app-2",
            "Either start and end are specified, or neither",
            both_or_neither("start", "end"),
        ),
        Constraint(
            "app-3", "Only proposed or cancelled appointments can be missing start/end dates", timed
        ),
        Constraint(
            "app-4",
            "Cancelation reason is only used for appointments that have been cancelled, or no-show",
            only_with("cancelationReason", "status", "cancelled", "noshow"),
        ),
    ),
    "Appointment_Participant": (
        Constraint(
            "app-1",
            "Either the type or actor on the participant SHALL be specified",
            any_of("type", "actor"),
        ),
    ),
    "AuditEvent_Entity": (
        Constraint("sev-1", "Either a name or a query (NOT both)", excludes("name", "query")),
    ),
    "CodeSystem": (
        Constraint(
            "csd-1", "Within a code system definition, all the codes SHALL be unique", one_code_each
        ),
    ),
    "ConceptMap_Target": (
        Constraint(
            "cmd-1",
            "If the map is narrower or inexact, there SHALL be some comments",
            required_by("comment", "equivalence", "narrower", "inexact"),
        ),
    ),
    "ConceptMap_Unmapped": (
        Constraint(
            "cmd-2",
            "If the mode is 'fixed', a code must be provided",
            required_by("code", "mode", "fixed"),
        ),
        Constraint(
            "cmd-3",
            "If the mode is 'other-map', a url must be provided",
            required_by("url", "mode", "other-map"),
        ),
    ),
    "List": (
        Constraint(
            "lst-1",
            "A list can only have an emptyReason if it is empty",
            excludes("emptyReason", "entry"),
        ),
        Constraint(
            "lst-2",
            'The deleted flag can only be used if the mode of the list is "changes"',
            entries_only_with("deleted", "changes"),
        ),
        Constraint(
            "lst-3",
            'An entry date can only be used if the mode of the list is "working"',
            entries_only_with("date", "working"),
        ),
    ),
    "Observation": (
        Constraint(
            "obs-6",
            "dataAbsentReason SHALL only be present if Observation.value[x] is not present",
            no_value_with("dataAbsentReason"),
        ),
        Constraint(
            "obs-7",
            "If Observation.code is the same as an Observation.component.code then the value"
            " element associated with the code SHALL NOT be present",
            coded_once,
        ),
    ),
    "Observation_ReferenceRange": (
        Constraint(
            "obs-3", "Must have at least a low or a high or text", any_of("low", "high", "text")
        ),
        exact("low", "high"),
    ),
    "Organization": (
        Constraint(
            "org-1",
            "The organization SHALL at least have a name or an identifier",
            any_of("identifier", "name"),
        ),
        Constraint(
            "org-2",
            "An address of an organization can never be of use 'home'",
            not_home("address"),
        ),
        Constraint(
            "org-3",
            "The telecom of an organization can never be of use 'home'",
            not_home("telecom"),
        ),
    ),
    "Patient_Contact": (
        Constraint(
            "pat-1",
            "SHALL at least contain a contact's details or a reference to an organization",
            any_of("name", "telecom", "address", "organization"),
        ),
    ),
    "ServiceRequest": (
        Constraint(
            "prr-1",
            "orderDetail SHALL only be present if code is present",
            needs("orderDetail", "code"),
        ),
    ),
    "Specimen_Collection": (exact("quantity"),),
    "Specimen_Container": (exact("capacity", "specimenQuantity"),),
    "ValueSet_Contains": (
        Constraint("vsd-6", "SHALL have a code or a display", any_of("code", "display")),
        Constraint("vsd-9", "SHALL have a code if not abstract", coded_unless_abstract),
        Constraint("vsd-10", "SHALL have a system if a code is present", needs("code", "system")),
    ),
    "ValueSet_Include": (
        Constraint(
            "vsd-1",
            "A value set include/exclude SHALL have a value set or a system",
            any_of("valueSet", "system"),
        ),
        Constraint(
            "vsd-2",
            "A value set with concepts or filters SHALL include a system",
            lambda node: needs("concept", "system")(node) and needs("filter", "system")(node),
        ),
        Constraint("vsd-3", "Cannot have both concept and filter", excludes("concept", "filter")),
    ),
}

"""Groups of types that several references may lead to."""

ENCOUNTERS = ("Encounter", "EpisodeOfCare")
SUBJECTS = ("Device", "Group", "Location", "Patient")
STAFF = ("Organization", "Practitioner", "PractitionerRole")
TEAMS = ("CareTeam", *STAFF)
AGENTS = ("Device", "Organization", "Patient", "Practitioner", "PractitionerRole", "RelatedPerson")
ACTORS = (
    "Device",
    "HealthcareService",
    "Location",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
)

# What an Observation is made for, from and during, and by whom.
REQUESTS = (
    *("CarePlan", "DeviceRequest", "ImmunizationRecommendation", "MedicationRequest"),
    *("NutritionOrder", "ServiceRequest"),
)
EVIDENCE = (
    *("DocumentReference", "ImagingStudy", "Media", "MolecularSequence", "Observation"),
    "QuestionnaireResponse",
)
PROCEDURES = (
    *("ImagingStudy", "Immunization", "MedicationAdministration", "MedicationDispense"),
    *("MedicationStatement", "Procedure"),
)
PERFORMERS = (*TEAMS, "Patient", "RelatedPerson")

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
